// Imports: says how far a run is when that changes much, and stops a file that is too large before it is sent.
(function () {
  "use strict";
  var moving = document.querySelector("[data-progress]");
  var said = document.querySelector("[data-progress-said]");
  if (moving && said) {
    new MutationObserver(function () {
      var bar = moving.querySelector("[data-say]");
      if (bar && said.textContent !== bar.dataset.say) { said.textContent = bar.dataset.say; }
    }).observe(moving, { childList: true, subtree: true });
  }
  var form = document.querySelector("[data-upload]");
  if (!form) { return; }
  var field = form.querySelector("[data-most-bytes]");
  var problem = form.querySelector("[data-too-large]");
  form.addEventListener("submit", function (event) {
    var file = field.files[0];
    problem.hidden = !(file && file.size > Number(field.dataset.mostBytes));
    if (!problem.hidden) {
      event.preventDefault();
      problem.textContent = field.dataset.tooLarge;
      field.focus();
      return;
    }
    form.querySelector("[data-sending]").textContent = "On its way. A large file takes a while.";
  });
})();
