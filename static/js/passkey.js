// Passkeys: what to say when the browser gives none, and where they cannot work.
(() => {
  "use strict";
  const say = (words) => {
    for (const place of document.querySelectorAll("[data-passkey-problem]")) {
      place.textContent = words;
      place.hidden = false;
    }
  };
  const byNumber = /^[\d.]+$|^\[/.test(location.hostname);

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    say("Your browser gave no passkey. Try once more, or take the other way.");
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (window.PublicKeyCredential && !byNumber) return;
    for (const form of document.querySelectorAll("[data-passkey-form]")) {
      if (form.hasAttribute("data-passkey-quiet")) form.hidden = true;
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    }
    say(
      byNumber
        ? "Passkeys need an address with a name, like localhost or desk.example.org."
        : "This browser knows no passkeys, or the address is not https.",
    );
  });
})();
