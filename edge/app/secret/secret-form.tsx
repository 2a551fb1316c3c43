import { z } from "zod";
import { type SecretView, secretIn } from "../../../schema/secret.ts";
import { secretName } from "../../../schema/service.ts";
import { Field } from "../ui/form/field.tsx";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { useSecretChange } from "./secret.ts";
import { SecretFormEnd } from "./secret-parts.tsx";

export type SecretDraft = { name: string; origin: string };
const secretInput = z.object({ name: secretName, kept: secretIn });

type SecretFormProps = { draft: SecretDraft; kept: readonly SecretView[]; onClose: () => void };
/** Adds a secret, or replaces the value of one. What is written here is sent once and never shown again. */
export function SecretForm({ draft, kept, onClose }: SecretFormProps) {
  const put = useSecretChange();
  const form = useForm({
    first: () => ({ name: draft.name, origin: draft.origin, value: "" }),
    read: ({ name, origin, value }) => readInput(secretInput, { name: name.trim(), kept: { value: value.trim(), origin: origin.trim() } }),
    send: put.mutate,
    busy: put.isPending,
    onSaved: onClose,
  });
  const name = form.values.name.trim();
  const before = kept.find((secret) => secret.name === name);
  const wrongName = form.wrong("name") && "Lower-case letters, digits and -, 2 to 40, as in the agent's file.";
  const wrongOrigin = form.wrong("kept.origin") && "An address without a path, such as https://api.example.org.";
  const wrongValue =
    form.wrong("kept.value") &&
    (form.values.value.trim() === "" ? "Nothing is written here yet." : "One line of plain characters, at most 4,000.");
  return (
    <form {...form.props} className="ptask form" aria-label={before ? `Replace ${before.name}` : "New secret"} autoComplete="off">
      <Field label="Name" {...form.field("name")} wrong={wrongName} mono focus={draft.name === ""} />
      <Field label="Sent to, and to nowhere else" {...form.field("origin")} wrong={wrongOrigin} mono />
      <Field label="Value" {...form.field("value")} wrong={wrongValue} mono type="password" focus={draft.name !== ""} />
      <p className="s12 sub">
        It is kept encrypted, added to calls outside the box, and never shown again.
        {before &&
          ` You keep ${before.name} already: its value${before.origin === form.values.origin.trim() ? "" : " and its address"} will be replaced.`}
      </p>
      <SecretFormEnd put={put} replaces={before !== undefined} onClose={onClose} />
    </form>
  );
}
