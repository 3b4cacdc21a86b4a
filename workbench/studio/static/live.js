// Shows what is new every few seconds: only the parts that changed are put in, so that what a
// person has unfolded, focused or scrolled to stays where it is.
const EVERY_MS = 3000;
const PATIENCE = 10; // times as long as a look took: a large job is not read all the time

function kept(old, fresh) {
  const folds = fresh.querySelectorAll("details");
  old.querySelectorAll("details").forEach((fold, n) => {
    if (folds[n]) folds[n].open = fold.open;
  });
  const scrolled = fresh.querySelectorAll("[tabindex]");
  const focus = [...old.querySelectorAll("a, summary, [tabindex]")].indexOf(document.activeElement);
  const places = [...old.querySelectorAll("[tabindex]")].map((e) => [e.scrollLeft, e.scrollTop]);
  old.replaceWith(fresh);
  places.forEach(([left, top], n) => scrolled[n]?.scrollTo(left, top));
  if (focus >= 0) {
    fresh.querySelectorAll("a, summary, [tabindex]")[focus]?.focus({ preventScroll: true });
  }
}

// An element that somebody has opened is as it was sent but for that.
function same(old, fresh) {
  const closed = old.cloneNode(true);
  closed.querySelectorAll("details").forEach((fold) => (fold.open = false));
  return closed.isEqualNode(fresh);
}

function update(old, fresh) {
  const [before, after] = [[...old.children], [...fresh.children]];
  if (before.length !== after.length || before.some((e, n) => e.tagName !== after[n].tagName)) {
    old.replaceChildren(...after);
    return;
  }
  before.forEach((element, n) => {
    if (same(element, after[n])) return;
    if (element.matches(".charts")) update(element, after[n]);
    else kept(element, after[n]);
  });
}

async function look() {
  const began = performance.now();
  const choosing = !getSelection().isCollapsed; // somebody copies: nothing moves under it
  if (!document.hidden && !choosing) {
    try {
      const reply = await fetch(location.href);
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      for (const part of ["header", "main"]) {
        update(document.querySelector(part), page.querySelector(part));
      }
      if (!page.querySelector('script[src$="live.js"]')) return; // the job has ended
    } catch {
      // The studio is not there for now.
    }
  }
  setTimeout(look, Math.max(EVERY_MS, PATIENCE * (performance.now() - began)));
}

setTimeout(look, EVERY_MS);
