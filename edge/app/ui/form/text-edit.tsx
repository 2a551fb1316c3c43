import type { ReactNode } from "react";
import { z } from "zod";
import { type Parsed, yamlIssue } from "../../../../schema/wire/yaml.ts";
import { tabDraft } from "./form-draft.ts";
import { useForm } from "./use-form.ts";

/** A text that a person wrote, and the commit it was written over. */
const textDraft = z.object({ text: z.string(), base: z.string().nullable() });
type Draft = z.infer<typeof textDraft>;
type Props<Input> = {
  path: string;
  /** Names the draft that this tab keeps. */
  draft: string;
  text: string;
  base: string | null;
  read: (values: Draft) => Parsed<Input>;
  send: (input: Input, after: { onSuccess: () => void; onError: () => void }) => void;
  pending: boolean;
  /** Why it was not saved, in words. */
  failed: ReactNode;
  press: string;
  /**
   * Where another change has come between: the press by which theirs is put over it, and over which commit.
   */
  over?: { press: string; base: string } | undefined;
  onLeave: () => void;
  onSaved: () => void;
};
/** The person's own text of a file. What they wrote is kept until it is saved or thrown away. */
export function TextEdit<Input>({ path, draft, text, base, read, send, pending, failed, press, over, onLeave, onSaved }: Props<Input>) {
  const form = useForm<Draft, Input>({
    draft: tabDraft(draft, textDraft),
    first: () => ({ text, base }),
    read: (values) => (values.text === text ? yamlIssue("text", "Nothing is changed yet.") : read(values)),
    send,
    busy: pending,
    onSaved,
  });
  const same = form.values.text === text;
  const wrong = form.wrong("text") ?? form.issues[0]?.message;
  return (
    <form {...form.props} className="pad col gap grow">
      <textarea
        className="inp area mono grow"
        aria-label={`Text of ${path}`}
        aria-invalid={wrong !== undefined}
        value={form.values.text}
        rows={18}
        spellCheck={/\.(md|txt|html?)$/.test(path)}
        onChange={(event) => form.set({ text: event.target.value })}
      />
      {(wrong !== undefined || failed) && (
        <p className="s13 c-bad" role="alert">
          {wrong ?? failed}
        </p>
      )}
      <div className="fx">
        <button type="submit" className={same ? "btn off" : "btn pri"} aria-disabled={same || pending}>
          {pending ? "Saving" : press}
        </button>
        {over && (
          <button
            type="button"
            className="btn"
            onClick={() => {
              form.set({ base: over.base });
              form.submit();
            }}
          >
            {over.press}
          </button>
        )}
        <button
          type="button"
          className="btn ghost"
          onClick={() => {
            form.discard();
            onLeave();
          }}
        >
          Cancel
        </button>
      </div>
    </form>
  );
}
