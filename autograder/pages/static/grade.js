// Keys of the page that grades one answer. Each presses a control that is on the page.
(() => {
  "use strict";
  const form = document.getElementById("grade");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[name=item]")];
  const list = form.querySelector(".rubric");
  const comment = document.getElementById("comment");
  const typed = document.getElementById("points");
  const kept = [...document.querySelectorAll(".kept button")];

  const sum = () => {
    const chosen = boxes.filter((box) => box.checked);
    const total = chosen.reduce((points, box) => points + Number(box.dataset.points), 0);
    const points = Math.min(Number(list.dataset.most), Math.max(0, total));
    const shown = typed.value.trim() || (chosen.length ? String(Number(points.toFixed(6))) : "not graded");
    document.getElementById("sum").textContent = shown;
  };
  form.addEventListener("input", sum);

  const write = (button) => {
    comment.value = [comment.value.trimEnd(), button.value].filter(Boolean).join("\n");
  };
  for (const button of kept) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      write(button);
    });
  }

  const save = () => form.requestSubmit(form.querySelector("button[value=next]"));
  const press = (id) => () => document.getElementById(id)?.click();
  const focus = (id) => () => document.getElementById(id).focus();
  const fold = (id) => () => {
    const part = document.getElementById(id);
    part.open = !part.open;
  };
  const keys = {
    Enter: save, s: press("skip"), j: press("onward"), k: press("back"), c: focus("comment"),
    p: focus("points"), n: focus("note"), e: fold("exercise"), m: fold("model"),
    "?": () => document.getElementById("keys").scrollIntoView(),
  };
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    const isField = at.matches("textarea, select, input:not([type=checkbox])");
    if (event.isComposing || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (at.form === form || !isField) save();
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (isField) {
      if (event.key === "Escape") at.blur();
      return;
    }
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    if (digit) {
      const number = Number(digit[1]);
      event.preventDefault();
      if (event.shiftKey && number) kept[number - 1] && write(kept[number - 1]);
      else if (!number) {
        boxes.forEach((box) => { box.checked = false; });
        typed.value = "";
      }
      else if (boxes[number - 1]) boxes[number - 1].checked = !boxes[number - 1].checked;
      sum();
      return;
    }
    // a link or a button that has the focus is pressed by Enter itself
    if (event.key === "Enter" && at.matches("a, button, summary")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
