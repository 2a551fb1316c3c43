export type Item = { id: number; text: string; done: boolean };

export const addItem = (items: readonly Item[], text: string): readonly Item[] =>
  text.trim() === "" ? items : [...items, { id: Math.max(0, ...items.map(({ id }) => id)) + 1, text: text.trim(), done: false }];
export const toggleItem = (items: readonly Item[], id: number): readonly Item[] =>
  items.map((item) => (item.id === id ? { ...item, done: !item.done } : item));
export const removeItem = (items: readonly Item[], id: number): readonly Item[] => items.filter((item) => item.id !== id);
export function countOpen(items: readonly Item[]): string {
  const open = items.filter(({ done }) => !done).length;
  return open === 0 ? "Nothing left to do" : `${open} left to do`;
}

/** Reads what was kept; nothing where it can't be read. */
export function readItems(text: string | null): readonly Item[] {
  try {
    const kept: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(kept) ? kept.filter(isItem) : [];
  } catch {
    return [];
  }
}
function isItem(value: unknown): value is Item {
  const { id, text, done } = (value ?? {}) as Partial<Item>;
  return typeof id === "number" && typeof text === "string" && typeof done === "boolean";
}
