import { useId } from "react";
import type { z } from "zod";
import {
  type AccessScope,
  accessScopes,
  accessTokenIn,
  accessTokenLife,
  type accessTokenMade,
} from "../../../schema/account/access-token.ts";
import { restCall } from "../live/api.ts";
import type { useRest } from "../live/use-action.ts";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import { tokenLives } from "../ui/form/token-lives.ts";
import { readInput, useForm } from "../ui/form/use-form.ts";

const scopeWords: Record<AccessScope, { verb: string; what: string }> = {
  read: { verb: "read", what: "See messages, tasks, projects, memory and every file; clone" },
  work: { verb: "have work done", what: "Send messages, start tasks, plans and quests, change goals, put projects online for you" },
  git: { verb: "change repositories", what: "Commit, and clone and push projects with Git" },
  admin: {
    verb: "do everything that costs or opens something",
    what: "All that costs, opens or ends something: answers to what agents ask, memory, plan, secrets, keys, Git tokens, terminals",
  },
};
/** As "read and change repositories". */
export function nameScopes(scopes: readonly AccessScope[]): string {
  const verbs = accessScopes.filter((scope) => scopes.includes(scope)).map((scope) => scopeWords[scope].verb);
  return new Intl.ListFormat("en", { type: "conjunction" }).format(verbs);
}

type AccessTokenFormProps = {
  make: ReturnType<typeof useRest<z.infer<typeof accessTokenMade>>>;
  onMade: () => void;
  onCancel: () => void;
};
/** What a new token may, and for how long. */
export function AccessTokenForm({ make, onMade, onCancel }: AccessTokenFormProps) {
  const id = useId();
  const form = useForm({
    first: () => ({ name: "", scopes: ["read"] as AccessScope[], expiresIn: accessTokenLife.usual as number }),
    read: (values) => readInput(accessTokenIn, values),
    send: (input, after) => make.mutate(restCall("POST", "/account/tokens", { body: input }), after),
    busy: make.isPending,
    onSaved: onMade,
  });
  const { scopes, expiresIn } = form.values;
  const wrongName = form.wrong("name") && "Say which program will use it, in one line.";
  const set = (scope: AccessScope, on: boolean) =>
    form.set({ scopes: accessScopes.filter((each) => (each === scope ? on : scopes.includes(each))) });
  return (
    <form {...form.props} className="ptask form" aria-label="New access token" autoComplete="off">
      <Field label="Name" {...form.field("name")} wrong={wrongName} maxLength={80} focus />
      <fieldset className="deps" data-wrong={form.wrong("scopes") && ""} aria-describedby={form.wrong("scopes") && `${id}-scopes`}>
        <legend>It may</legend>
        {accessScopes.map((scope) => (
          <label key={scope} className="fx s13 check" style={{ minHeight: "var(--ctl)" }}>
            <input
              type="checkbox"
              style={{ flex: "none" }}
              checked={scopes.includes(scope)}
              onChange={(event) => set(scope, event.target.checked)}
            />
            <span>
              <b className="med">{scope}</b> <span className="sub">{scopeWords[scope].what}</span>
            </span>
          </label>
        ))}
        {form.wrong("scopes") && (
          <p className="s12 c-bad" id={`${id}-scopes`} role="alert">
            Choose at least one.
          </p>
        )}
      </fieldset>
      <div className="field">
        <label htmlFor={id}>Ends after</label>
        <select id={id} className="inp" value={expiresIn} onChange={(event) => form.set({ expiresIn: Number(event.target.value) })}>
          {tokenLives(accessTokenLife).map(([seconds, title]) => (
            <option key={seconds} value={seconds}>
              {title}
            </option>
          ))}
        </select>
      </div>
      <FormEnd
        change={make}
        unchanged="No token was shown; what you chose is kept here."
        press="Make the token"
        busy="Making it"
        onClose={onCancel}
      />
    </form>
  );
}
