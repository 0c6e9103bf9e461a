// <copy-text label="Copy" done="Copied">text</copy-text>: a button that copies what stands beside it.

const TOLD_MS = 2000;

class CopyText extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("button") || !navigator.clipboard) return;
    const text = this.textContent.trim();
    const button = document.createElement("button");
    const told = document.createElement("span");
    button.type = "button";
    button.className = "copy";
    button.textContent = this.getAttribute("label");
    told.className = "unseen";
    told.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = told.textContent = this.getAttribute("done");
      setTimeout(() => {
        button.textContent = this.getAttribute("label");
        told.textContent = "";
      }, TOLD_MS);
    });
    this.append(" ", button, told);
  }
}

customElements.define("copy-text", CopyText);
