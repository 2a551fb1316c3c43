import { useCallback, useRef, useState } from "react";
import type { z } from "zod";

/** What somebody has begun to write in a form and not saved, kept for this tab: leaving the page by any way loses nothing of it. */
const keyOf = (of: string) => `growqr.draft.${of}`;
export function readDraft<T>(of: string, shape: z.ZodType<T>): T | undefined {
  const stored = sessionStorage.getItem(keyOf(of));
  if (stored === null) return undefined;
  try {
    return shape.safeParse(JSON.parse(stored)).data;
  } catch {
    return undefined; // written by something else under our key: same as nothing
  }
}
export function keepDraft(of: string, draft: unknown): void {
  if (draft === undefined) sessionStorage.removeItem(keyOf(of));
  else sessionStorage.setItem(keyOf(of), JSON.stringify(draft));
}

/** A form's value, beginning with the draft that was left. `clear` is for what was saved, or is given up on purpose. */
export function useDraft<T>(of: string, shape: z.ZodType<T>, first: () => T) {
  const [initial] = useState(first);
  const [value, setValue] = useState<T>(() => readDraft(of, shape) ?? initial);
  const now = useRef(value);
  const set = useCallback(
    (change: (before: T) => T) => {
      now.current = change(now.current);
      setValue(now.current);
      keepDraft(of, JSON.stringify(now.current) === JSON.stringify(initial) ? undefined : now.current);
    },
    [of, initial],
  );
  const clear = useCallback(() => keepDraft(of, undefined), [of]);
  return { value, set, clear, initial };
}
