// <q-passkey data-does="create|get" data-options="...">: asks the browser for a passkey and sends
// what it says with the form inside. Without script, or without passkeys, the form stays shut.
class Passkey extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const button = form.querySelector("button");
    const able = window.PublicKeyCredential?.parseCreationOptionsFromJSON;
    if (!able) return;
    this.querySelector("[data-without]")?.setAttribute("hidden", "");
    button.disabled = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      this.ask(form, button);
    });
  }

  async ask(form, button) {
    const failed = this.querySelector("[data-failed]");
    failed?.setAttribute("hidden", "");
    button.disabled = true;
    try {
      const options = JSON.parse(this.dataset.options);
      const found = this.dataset.does === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.answer.value = JSON.stringify(found.toJSON());
      form.submit();
    } catch {
      failed?.removeAttribute("hidden");
      button.disabled = false;
    }
  }
}

customElements.define("q-passkey", Passkey);
