// The letter and the answer to a reply: saves the draft on the server while it is typed, counts down the undo time.
// Everything here only improves pages that work without it. Nothing is kept in the browser.
(function () {
  "use strict";
  var IDLE = 1500, AGAIN = 8000;

  function parsed(html) { return new DOMParser().parseFromString(html, "text/html"); }

  function show(place, html) {
    place.replaceChildren.apply(place, Array.from(parsed(html).body.childNodes));
  }

  function keepSaving(form) {
    var saved = form.querySelector("#saved"), conflict = form.querySelector("#conflict");
    // The buttons are called "action", so form.action would be them.
    var address = form.getAttribute("action");
    var timer = null, running = null, changed = false, stopped = false, leaving = false, renewed = false;

    function say(words, link) {
      var line = document.createElement("span");
      line.textContent = words;
      saved.replaceChildren(line);
      if (link) {
        var anchor = document.createElement("a");
        anchor.href = link; anchor.target = "_blank"; anchor.rel = "noopener"; anchor.textContent = "Sign in in a new tab";
        saved.append(" ", anchor);
      }
    }

    function later(wait) { clearTimeout(timer); timer = setTimeout(save, wait); }

    function body() {
      var data = new URLSearchParams(new FormData(form));
      ["find", "add", "remove", "keep", "action"].forEach(function (name) { data.delete(name); });
      data.set("action", "save");
      return data;
    }

    // Signing in again in another tab changes the form's key: fetch the page once more for the new one.
    function renewKey() {
      return fetch(address, { credentials: "same-origin", redirect: "manual" }).then(function (answer) {
        return answer.ok ? answer.text() : "";
      }).then(function (html) {
        var key = html && parsed(html).querySelector("#" + form.id + " [name=csrfmiddlewaretoken]");
        if (key) { form.elements.csrfmiddlewaretoken.value = key.value; }
        return Boolean(key);
      });
    }

    function away() { say("You were signed out. Your words are still here and are saved once you are back.", form.dataset.login); }

    // What the answer means; returns after how long to try again, if the words are not safe yet.
    function settle(answer, html) {
      if (answer.ok) {
        show(saved, html);
        var mark = saved.querySelector("[data-version]");
        if (mark) { form.elements.version.value = mark.dataset.version; }
        renewed = false;
        return IDLE;
      }
      if (answer.status === 422) { show(saved, html); return IDLE; }
      if (answer.status === 409) {
        stopped = true;
        if (parsed(html).querySelector("section")) { show(conflict, html); say("Not saved: see above."); } else { say(html); }
        return IDLE;
      }
      changed = true;
      if (answer.type === "opaqueredirect") { away(); return AGAIN; }
      if (answer.status === 403) {
        return renewKey().then(function (got) {
          var atOnce = got && !renewed;
          renewed = got;
          if (!got) { away(); }
          return atOnce ? 0 : AGAIN;
        });
      }
      say("Not saved yet. Your words are still here; we try again in a moment.");
      return AGAIN;
    }

    function save() {
      clearTimeout(timer);
      if (!changed || stopped || running) { return; }
      changed = false;
      running = fetch(address, {
        method: "POST", body: body(), credentials: "same-origin", redirect: "manual",
        headers: { "X-Requested-With": "fetch" }
      }).then(function (answer) {
        return answer.text().then(function (html) { return settle(answer, html); });
      }).catch(function () {
        changed = true;
        say("Not saved yet: no connection. Your words are still here; we try again in a moment.");
        return AGAIN;
      }).then(function (wait) {
        running = null;
        if (changed && !stopped && !leaving) { later(wait); }
      });
    }

    form.addEventListener("input", function (event) {
      if (event.target.name === "find") { return; }
      changed = true;
      later(IDLE);
    });
    form.addEventListener("focusout", save);
    // A button waits for a save that is under way: otherwise the page would be in conflict with itself.
    form.addEventListener("submit", function (event) {
      clearTimeout(timer);
      leaving = true;
      if (!running) { changed = false; return; }
      event.preventDefault();
      var button = event.submitter;
      running.then(function () { leaving = false; if (!stopped) { changed = false; form.requestSubmit(button); } });
    });
    window.addEventListener("beforeunload", function (event) {
      if (changed && !leaving) { event.preventDefault(); }
    });
    window.addEventListener("pageshow", function () { leaving = false; });
  }

  function countDown(place) {
    var words = place.querySelector("[data-leaving]"), button = place.querySelector("button");
    var left = Number(place.dataset.seconds), start = performance.now();
    var ticking = setInterval(function () {
      var seconds = Math.ceil(left - (performance.now() - start) / 1000);
      if (seconds > 0) { button.textContent = "Undo sending (" + seconds + " s)"; return; }
      clearInterval(ticking);
      words.textContent = place.dataset.gone || "The letter is gone: the time to take it back is over.";
      button.closest("form").remove();
    }, 1000);
    if (!left) { clearInterval(ticking); }
  }

  var form = document.querySelector("#letter, #answer"), undo = document.getElementById("undo");
  if (form) { keepSaving(form); }
  if (undo) { countDown(undo); }
})();
