import { z } from "zod";
import {
  type ModelProvider,
  modelProvider,
  modelProviders,
  type ProviderKeyView,
  providerKeyIn,
  providerTitles,
} from "../../../schema/provider/provider-key.ts";
import { SecretFormEnd } from "../secret/secret-parts.tsx";
import { Field } from "../ui/form/field.tsx";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { type KeyScope, useProviderKeyChange } from "./provider.ts";

const keyInput = z.object({ provider: modelProvider, kept: providerKeyIn });
const choices = modelProviders.map((id) => ({ id, title: providerTitles[id] }));

type KeyFormProps = { scope: KeyScope; draft: ModelProvider; kept: readonly ProviderKeyView[]; onClose: () => void };
/** Adds a key, or replaces one. It is tested with its provider before it is kept, and never shown again. */
export function ProviderKeyForm({ scope, draft, kept, onClose }: KeyFormProps) {
  const change = useProviderKeyChange(scope);
  const known = kept.find(({ provider }) => provider === draft);
  const form = useForm({
    first: () => ({ provider: draft as string, baseUrl: known?.baseUrl ?? "", key: "" }),
    read: ({ provider, baseUrl, key }) =>
      readInput(keyInput, { provider, kept: { key: key.trim(), ...(provider === "compatible" ? { baseUrl: baseUrl.trim() } : {}) } }),
    send: ({ provider, kept }, after) => change.mutate({ name: provider, kept }, after),
    busy: change.isPending,
    onSaved: onClose,
  });
  const before = kept.find(({ provider }) => provider === form.values.provider);
  const wrongUrl = form.wrong("kept.baseUrl") && "An address such as https://api.example.org/v1.";
  const wrongKey =
    form.wrong("kept.key") && (form.values.key.trim() === "" ? "Nothing is written here yet." : "One word, at least 16 characters.");
  return (
    <form {...form.props} className="ptask form" aria-label={before ? "Replace a key" : "New key"} autoComplete="off">
      <Field label="Provider" {...form.field("provider")} choices={choices} />
      {form.values.provider === "compatible" && <Field label="Its address" {...form.field("baseUrl")} wrong={wrongUrl} mono type="url" />}
      <Field label="Key" {...form.field("key")} wrong={wrongKey} mono type="password" focus />
      <p className="s12 sub">
        It is tested with the provider, kept encrypted, sent to that provider alone, and never shown again.
        {before && ` The key that ends in ${before.ending} will be replaced.`}
      </p>
      <SecretFormEnd put={change} replaces={before !== undefined} onClose={onClose} />
    </form>
  );
}
