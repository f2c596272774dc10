// Help for the desk by keyboard: `/` search, `n` a note, `?` what the keys do, `j` and `k` through a list.
// Nothing fires while someone types, and the keys can be switched off (cookie, WCAG 2.1.4).
(function () {
  "use strict";
  function isOff() { return document.cookie.split("; ").indexOf("keys=off") !== -1; }
  function rows() {
    return Array.prototype.filter.call(document.querySelectorAll("[data-rows] > li, [data-rows] > tr"), function (row) {
      return target(row) && (!row.checkVisibility || row.checkVisibility());
    });
  }
  function target(row) { return row.querySelector("a[href], button:not([disabled])"); }
  function move(step) {
    var list = rows();
    if (!list.length) { return; }
    var here = list.findIndex(function (row) { return row.contains(document.activeElement); });
    var next = here === -1 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(here + step, 0), list.length - 1);
    target(list[next]).focus();
  }
  function help() {
    var dialog = document.getElementById("keys");
    if (!dialog || dialog.open) { return; }
    dialog.querySelector("[data-keys-switch]").checked = !isOff();
    dialog.showModal();
  }
  function search() {
    var box = document.querySelector("[data-search]");
    if (box) { box.focus(); box.select(); }
  }
  function note() {
    var room = document.querySelector("[data-note]");
    if (!room) { return; }
    room.open = true;
    room.querySelector("textarea").focus();
  }
  var actions = { "/": search, "n": note, "?": help, "j": function () { move(1); }, "k": function () { move(-1); } };
  document.addEventListener("keydown", function (event) {
    if (isOff() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) { return; }
    var action = actions[event.key];
    if (action) { event.preventDefault(); action(); }
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-keys-open]")) { help(); }
  });
  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-keys-switch]")) { return; }
    var secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = "keys=" + (event.target.checked ? "on" : "off") + ";path=/;max-age=31536000;samesite=lax" + secure;
  });
})();
