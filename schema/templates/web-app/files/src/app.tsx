import { type FormEvent, useEffect, useState } from "react";
import { addItem, countOpen, type Item, readItems, removeItem, toggleItem } from "./list.ts";

const place = "items";

export function App({ title, first }: { title: string; first?: readonly Item[] }) {
  const [items, setItems] = useState(() => first ?? readItems(localStorage.getItem(place)));
  const [text, setText] = useState("");
  useEffect(() => localStorage.setItem(place, JSON.stringify(items)), [items]);
  const add = (event: FormEvent) => {
    event.preventDefault();
    setItems(addItem(items, text));
    setText("");
  };
  return (
    <main>
      <h1>{title}</h1>
      <form onSubmit={add}>
        <label htmlFor="new">What is to be done?</label>
        <input id="new" value={text} onChange={(event) => setText(event.target.value)} />
        <button type="submit">Add</button>
      </form>
      <p role="status">{countOpen(items)}</p>
      <ul>
        {items.map(({ id, text: shown, done }) => (
          <li key={id}>
            <label className={done ? "done" : undefined}>
              <input type="checkbox" checked={done} onChange={() => setItems(toggleItem(items, id))} />
              {shown}
            </label>
            <button type="button" aria-label={`Remove ${shown}`} onClick={() => setItems(removeItem(items, id))}>
              ×
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}
