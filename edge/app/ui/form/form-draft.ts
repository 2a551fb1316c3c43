import { useRef, useState } from "react";
import type { z } from "zod";

/** What a person has begun to write in a form and not saved. */
export type FormDraft<Values> = { read: () => Values | undefined; keep: (values: Values | undefined) => void };

/** A draft that this tab keeps: leaving the page by any way loses nothing of it. */
export function tabDraft<Values>(name: string, shape: z.ZodType<Values>): FormDraft<Values> {
  const key = `growqr.draft.${name}`;
  return {
    read: () => {
      const stored = sessionStorage.getItem(key);
      if (stored === null) return undefined;
      try {
        return shape.safeParse(JSON.parse(stored)).data;
      } catch {
        return undefined; // other software wrote it under our key
      }
    },
    keep: (values) => {
      if (values === undefined) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(values));
    },
  };
}

/** State that begins with its draft and keeps it. The first state is no draft. */
export function useDraft<Values>(draft: FormDraft<Values> | undefined, first: () => Values) {
  const [initial] = useState(first);
  const [values, setValues] = useState<Values>(() => draft?.read() ?? initial);
  const latest = useRef(values);
  const change = (next: (before: Values) => Values) => {
    latest.current = next(latest.current);
    setValues(latest.current);
    draft?.keep(JSON.stringify(latest.current) === JSON.stringify(initial) ? undefined : latest.current);
  };
  return { values, initial, latest, change };
}
