// <shell-note worker="..." scope="...">words</shell-note>: registers the worker that lets pages be
// read without a network, and shows its words for as long as there is none.

class ShellNote extends HTMLElement {
  connectedCallback() {
    this.follow = () => {
      this.hidden = navigator.onLine;
    };
    this.follow();
    window.addEventListener("online", this.follow);
    window.addEventListener("offline", this.follow);
    if (navigator.serviceWorker)
      navigator.serviceWorker.register(this.getAttribute("worker"), { scope: this.getAttribute("scope") });
  }

  disconnectedCallback() {
    window.removeEventListener("online", this.follow);
    window.removeEventListener("offline", this.follow);
  }
}

customElements.define("shell-note", ShellNote);
