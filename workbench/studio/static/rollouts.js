// Shows what the filter finds as soon as it is changed; without this the form does it with a button.
const form = document.getElementById("filter");
let asked = 0;
let waiting;

async function show(address) {
  const mine = ++asked;
  document.getElementById("found").setAttribute("aria-busy", "true");
  try {
    const reply = await fetch(address);
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (mine !== asked) return; // another one was asked for meanwhile
    document.getElementById("found").replaceWith(page.getElementById("found"));
    // The element stays, so that a screen reader says what changed in it.
    document.getElementById("count").replaceChildren(...page.getElementById("count").childNodes);
    history.replaceState(null, "", address);
  } catch {
    location.assign(address); // whatever went wrong, the page itself says it
  }
}

function changed(pause) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const given = [...new FormData(form)].filter(([, value]) => value !== "");
    show(`${location.pathname}?${new URLSearchParams(given)}`);
  }, pause);
}

form.addEventListener("input", (event) => changed(event.target.tagName === "SELECT" ? 0 : 200));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  changed(0);
});
