// <shell-note worker="..." scope="..." hidden>words</shell-note>: registers the worker that lets
// pages be read without a network. The worker shows the words on pages that it has kept.

class ShellNote extends HTMLElement {
  connectedCallback() {
    if (navigator.serviceWorker)
      navigator.serviceWorker.register(this.getAttribute("worker"), { scope: this.getAttribute("scope") });
  }
}

customElements.define("shell-note", ShellNote);
