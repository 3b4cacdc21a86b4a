// Hides what the filter leaves out. Without it the page shows all, and no filter.
const form = document.getElementById("filter");
const rows = [...document.querySelectorAll("#found article")].map((article) => ({
  article,
  group: article.closest("li"),
  text: `${article.textContent}\n${article.closest("li").querySelector(".pair").textContent}`.toLowerCase(),
}));

function filter() {
  const { text, outcome } = Object.fromEntries(new FormData(form));
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = new Set();
  let count = 0;
  for (const row of rows) {
    const found = words.every((word) => row.text.includes(word)) &&
      (!outcome || row.article.dataset.outcome === outcome);
    row.article.hidden = !found;
    if (found) {
      kept.add(row.group);
      count += 1;
    }
  }
  for (const { group } of rows) group.hidden = !kept.has(group);
  document.getElementById("count").textContent = `${count.toLocaleString("en")} rows`;
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
