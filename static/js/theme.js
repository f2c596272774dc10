// Light or dark before the first paint: the reader's choice (cookie, rendered by the server), else the system's.
(function () {
  "use strict";
  var root = document.documentElement;
  root.setAttribute("data-js", "");
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  function follow() { root.setAttribute("data-bs-theme", system.matches ? "dark" : "light"); }
  if (!root.hasAttribute("data-theme-chosen")) { follow(); system.addEventListener("change", follow); }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-theme-switch]");
    if (!button) { return; }
    var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", next);
    document.cookie = "theme=" + next + ";path=/;max-age=31536000;samesite=lax" + (location.protocol === "https:" ? ";secure" : "");
  });
})();
