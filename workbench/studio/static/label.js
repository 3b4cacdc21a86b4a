// Lets a row be marked by keys; each does what pressing its button or following its link does.
const form = document.querySelector("form.marking");
const note = form.elements.note;
const named = { g: "5", b: "1" };
let gone = false; // a second key must not mark a row that is being left

const press = (selector) => {
  const target = document.querySelector(selector);
  if (!target) return;
  if (target.matches("[name=mark], [name=undo], a")) gone = true;
  target.click();
};

window.addEventListener("pageshow", () => { gone = false; });
form.addEventListener("submit", () => { gone = true; });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || gone) return;
  if (event.target === note) {
    if (event.key === "Escape") note.blur();
    return;
  }
  const key = event.key.toLowerCase();
  const mark = named[key] ?? key;
  if (/^[1-5]$/.test(mark)) press(`button[name=mark][value="${mark}"]`);
  else if (key === "u") press("button[name=undo]");
  else if (key === "arrowleft") press("a[rel=prev]");
  else if (key === "arrowright") press("a[rel=next]");
  else if (key === "n") note.focus();
  else return;
  event.preventDefault();
});
