import { useId } from "react";
import type { z } from "zod";
import { type gitScopes, gitTokenIn, gitTokenLife, type gitTokenMade, isPushable } from "../../../schema/git/git-token.ts";
import { restCall } from "../live/api.ts";
import type { useRest } from "../live/use-action.ts";
import { Asleep } from "../stack/asleep.tsx";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import { tokenLives } from "../ui/form/token-lives.ts";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { Failed } from "../ui/load-failed.tsx";
import { useRepos } from "./repos.ts";

type GitTokenFormProps = {
  /** The repository that the page was opened for. */
  repo: string | undefined;
  make: ReturnType<typeof useRest<z.infer<typeof gitTokenMade>>>;
  onMade: () => void;
  onCancel: () => void;
};
/** What a new token opens and for how long. */
export function GitTokenForm({ repo, make, onMade, onCancel }: GitTokenFormProps) {
  const id = useId();
  const repos = useRepos();
  const form = useForm({
    first: () => ({
      name: repo === undefined ? "" : `Clone of ${repo.split("/")[1]}`,
      repositories: repo === undefined ? [] : [repo],
      scope: "read" as (typeof gitScopes)[number],
      expiresIn: gitTokenLife.usual as number,
    }),
    read: (values) => readInput(gitTokenIn, values),
    send: (input, after) => make.mutate(restCall("POST", "/git/tokens", { body: input }), after),
    busy: make.isPending,
    onSaved: onMade,
  });
  const { repositories, scope, expiresIn } = form.values;
  const titles = new Map(repos.data?.repos.map((known) => [known.repo, known.title]));
  const all = [...new Set([...(repo === undefined ? [] : [repo]), ...titles.keys()])];
  const names = scope === "push" ? all.filter(isPushable) : all;
  const choose = (wanted: typeof scope) =>
    form.set({ scope: wanted, repositories: wanted === "push" ? repositories.filter(isPushable) : repositories });
  const wrongName = form.wrong("name") && "Say where you will use it, in one line.";
  return (
    <form {...form.props} className="ptask form" aria-label="New Git token" autoComplete="off">
      <Field label="Name" {...form.field("name")} wrong={wrongName} maxLength={80} focus />
      <ScopeChoice scope={scope} choose={choose} />
      <fieldset className="deps" data-wrong={form.wrong("repositories") && ""}>
        <legend>{scope === "push" ? "May read and push" : "May read"}</legend>
        {names.map((name) => (
          <label key={name} className="fx s13 check" style={{ minHeight: "var(--ctl)" }}>
            <input
              type="checkbox"
              checked={repositories.includes(name)}
              onChange={(event) =>
                form.set({ repositories: event.target.checked ? [...repositories, name] : repositories.filter((other) => other !== name) })
              }
            />
            <span>
              {titles.get(name) ?? name.split("/")[1]} <code className="sub">{name}</code>
            </span>
          </label>
        ))}
        {repos.isError && <Failed error={repos.error} retry={repos.refetch} />}
        <Asleep text="your repositories can't be listed" />
        {names.length === 0 && !repos.isError && (repos.isFetching || !repos.isPending) && (
          <p className="s13 sub">{repos.isPending ? "Reading" : "You have no repositories yet."}</p>
        )}
        {form.wrong("repositories") && <p className="s12 c-bad">{repositories.length > 20 ? "At most twenty." : "Choose at least one."}</p>}
      </fieldset>
      <div className="field">
        <label htmlFor={id}>Ends after</label>
        <select id={id} className="inp" value={expiresIn} onChange={(event) => form.set({ expiresIn: Number(event.target.value) })}>
          {tokenLives(gitTokenLife).map(([seconds, title]) => (
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

type ScopeChoiceProps = { scope: (typeof gitScopes)[number]; choose: (scope: (typeof gitScopes)[number]) => void };
/** Whether a key reads, or may push as well, and to which branches. */
export function ScopeChoice({ scope, choose }: ScopeChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>It may</label>
      <select id={id} className="inp" value={scope} onChange={(event) => choose(event.target.value === "push" ? "push" : "read")}>
        <option value="read">Read</option>
        <option value="push">Read and push</option>
      </select>
      {scope === "push" && (
        <p className="s12 sub">
          It pushes to every branch of a project but <code>main</code>, which takes only what was proven, and those below{" "}
          <code>agent/</code>. It moves no branch back and removes none.
        </p>
      )}
    </div>
  );
}
