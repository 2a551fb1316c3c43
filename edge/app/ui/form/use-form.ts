import { type FormEvent, type RefObject, useEffect, useRef, useState } from "react";
import type { z } from "zod";
import type { Issue, Parsed } from "../../../../schema/wire/yaml.ts";
import { type FormDraft, useDraft } from "./form-draft.ts";

// Ours, in 0.8 kB gzip: react-hook-form 7.92 with its zod resolver is 15.0 kB, @conform-to/react 11.8,
// @tanstack/react-form 19.3, and beside each of them the draft, the busy state, the retry under one key and
// issues that an actor finds would still be ours. The composer uses none of it: it sends without waiting, and
// its text is kept by conversation.

type FormOptions<Values extends object, Input> = {
  first: () => Values;
  /** Reads the input of an action or a route from the fields, or the issues. */
  read: (values: Values) => Parsed<Input>;
  /** The `mutate` of an action or a route: a retry of the same input has the same idempotency key. */
  send: (input: Input, after: { onSuccess: () => void; onError: () => void }) => void;
  busy?: boolean;
  draft?: FormDraft<Values>;
  onSaved?: () => void;
  onRefused?: (issues: readonly Issue[]) => void;
};

type TextField<Values> = { [K in keyof Values]: Values[K] extends string ? K : never }[keyof Values] & string;
export type Form<Values extends object> = {
  /** For the `<form>`. */
  props: { ref: RefObject<HTMLFormElement | null>; noValidate: true; onSubmit: (event: FormEvent) => void };
  values: Values;
  initial: Values;
  set: (changed: Partial<Values>) => void;
  /** For a `Field` of text. */
  field: (name: TextField<Values>) => { value: string; set: (text: string) => void; wrong: string | undefined };
  /** The issues, from the first refused submit on. */
  issues: readonly Issue[];
  wrong: (name: string) => string | undefined;
  refused: boolean;
  submit: () => void;
  /** Shows the issues without sending. */
  check: () => void;
  /** Forgets the draft. */
  discard: () => void;
};

/** The state of one form: values, draft, errors by field. A refused submit focuses the first wrong field. */
export function useForm<Values extends object, Input>(options: FormOptions<Values, Input>): Form<Values> {
  const { first, read, send, busy = false, draft, onSaved, onRefused } = options;
  const { values, initial, latest, change } = useDraft(draft, first);
  const [refusals, setRefusals] = useState(0);
  const [sends, setSends] = useState(0);
  const lastSend = useRef(sends);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (refusals > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true], [data-wrong] input")?.focus();
  }, [refusals]);

  const discard = () => draft?.keep(undefined);
  const set = (changed: Partial<Values>) => change((before) => ({ ...before, ...changed }));
  const refuse = () => setRefusals((count) => count + 1);
  const check = () => {
    const result = read(latest.current);
    if (!result.ok) {
      refuse();
      onRefused?.(result.issues);
    }
    return result;
  };
  const submit = () => {
    const result = check();
    if (!result.ok || busy || lastSend.current !== sends) return; // a second press before this one was drawn
    setSends(++lastSend.current);
    const onSuccess = () => {
      discard();
      onSaved?.();
    };
    send(result.value, { onSuccess, onError: refuse });
  };
  const result = refusals > 0 ? read(values) : undefined;
  const issues = result && !result.ok ? result.issues : [];
  const wrong = (name: string) => issues.find(({ path }) => path === name || path.startsWith(`${name}.`))?.message;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit();
  };
  return {
    ...{ props: { ref: form, noValidate: true, onSubmit }, values, initial, set, issues, wrong, submit, check, discard },
    field: (name) => ({
      value: String(values[name]),
      set: (text) => set({ [name]: text } as Partial<Values>),
      wrong: wrong(name),
    }),
    refused: refusals > 0,
  };
}

/** Reads `value` by a zod schema of the contract. */
export function readInput<Input>(schema: z.ZodType<Input>, value: unknown): Parsed<Input> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, issues: parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message })) };
}
