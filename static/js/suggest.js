// Small comforts of the public form; everything works without them.
(function () {
  "use strict";
  var SLIPS = {
    "gmial.com": "gmail.com", "gmai.com": "gmail.com", "gmal.com": "gmail.com", "gmail.co": "gmail.com", "gmail.con": "gmail.com",
    "gnail.com": "gmail.com", "hotmial.com": "hotmail.com", "hotmal.com": "hotmail.com", "hotmai.com": "hotmail.com",
    "hotmail.con": "hotmail.com", "hotmil.com": "hotmail.com", "outlok.com": "outlook.com", "outloo.com": "outlook.com",
    "outlook.con": "outlook.com", "yaho.com": "yahoo.com", "yahooo.com": "yahoo.com", "yahoo.con": "yahoo.com",
    "iclod.com": "icloud.com", "icloud.con": "icloud.com"
  };
  var place = document.querySelector("[data-address-hint]");
  var address = place && document.getElementById(place.dataset.addressOf);
  // A slip of the fingers in the address: a hint that can be ignored.
  if (address) {
    address.addEventListener("change", function () {
      var parts = address.value.trim().split("@");
      var meant = parts.length === 2 && SLIPS[parts[1].toLowerCase()];
      place.textContent = "";
      if (!meant) { return; }
      var button = document.createElement("button");
      button.type = "button";
      button.className = "hint-button";
      button.textContent = place.dataset.addressHint.replace("ADDRESS", parts[0] + "@" + meant);
      button.addEventListener("click", function () {
        address.value = parts[0] + "@" + meant;
        place.textContent = "";
        address.focus();
      });
      place.appendChild(button);
    });
  }
  // Opening "Add another" goes straight to its first field.
  document.querySelectorAll("details.another").forEach(function (row) {
    row.addEventListener("toggle", function () {
      var first = row.open && row.querySelector("input");
      if (first && !first.value && document.activeElement === row.querySelector("summary")) { first.focus(); }
    });
  });
  // An answer in a folded part is shown when the summary of problems leads to it.
  document.querySelectorAll(".problem a").forEach(function (link) {
    link.addEventListener("click", function () {
      var field = document.getElementById(link.hash.slice(1));
      for (var part = field && field.closest("details"); part; part = part.parentElement.closest("details")) { part.open = true; }
      if (field) { field.focus(); }
    });
  });
})();
