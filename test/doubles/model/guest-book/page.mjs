import { describeTime } from "./time.mjs";

const form = document.querySelector("form");
const list = document.querySelector("#notes");
const status = form.querySelector("[role=status]");

function row({ id, text, at }) {
  const item = document.createElement("li");
  const said = document.createElement("p");
  said.textContent = text;
  const when = document.createElement("small");
  when.textContent = describeTime(at, Date.now());
  const remove = document.createElement("button");
  remove.textContent = "Delete";
  remove.addEventListener("click", async () => {
    await fetch(`/api/notes/${id}`, { method: "DELETE" });
    await show();
  });
  item.append(said, when, remove);
  return item;
}
async function show() {
  const { notes } = await (await fetch("/api/notes")).json();
  list.replaceChildren(...notes.map(row));
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch("/api/notes", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: form.elements.text.value }),
  });
  status.textContent = answer.ok ? "" : (await answer.json()).error;
  if (answer.ok) form.reset();
  await show();
});
show();
