import { useId, useRef, useState } from "react";
import { type SecretView, secretIn } from "../../../schema/secret.ts";
import { secretName } from "../../../schema/service.ts";
import { failure } from "../live/use-action.ts";
import { focusFirstWrong } from "../ui/focus-first-wrong.ts";
import { useSecretChange } from "./secret.ts";

export type Draft = { name: string; origin: string };
type Wrong = Partial<Record<"name" | "origin" | "value", string>>;
function wrongIn(name: string, kept: { value: string; origin: string }): Wrong {
  const issues = secretIn.safeParse(kept).error?.issues ?? [];
  const of = (field: string) => issues.find((issue) => issue.path[0] === field);
  return {
    ...(secretName.safeParse(name).success ? {} : { name: "Lower-case letters, digits and -, 2 to 40, as in the agent's file." }),
    ...(of("origin") ? { origin: "An address without a path, such as https://api.example.org." } : {}),
    ...(of("value") ? { value: kept.value === "" ? "Nothing is written here yet." : "One line of plain characters, at most 4,000." } : {}),
  };
}

/** Adds a secret, or replaces the value of one. What is written here is sent once and never shown again. */
export function SecretForm({ from, kept, done }: { from: Draft; kept: readonly SecretView[]; done: () => void }) {
  const [name, setName] = useState(from.name);
  const [origin, setOrigin] = useState(from.origin);
  const [value, setValue] = useState("");
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const put = useSecretChange(name.trim());
  const given = { value: value.trim(), origin: origin.trim() };
  const wrong = tried ? wrongIn(name.trim(), given) : {};
  const before = kept.find((one) => one.name === name.trim());
  const save = () => {
    setTried(true);
    if (put.isPending) return;
    if (Object.keys(wrongIn(name.trim(), given)).length > 0) return void setTimeout(() => focusFirstWrong(form.current));
    put.mutate(given, { onSuccess: done });
  };
  return (
    <form
      ref={form}
      className="ptask form"
      aria-label={before ? `Replace ${before.name}` : "New secret"}
      autoComplete="off"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Entry label="Name" value={name} set={setName} wrong={wrong.name} focus={from.name === ""} />
      <Entry label="Sent to, and to nowhere else" value={origin} set={setOrigin} wrong={wrong.origin} />
      <Entry label="Value" value={value} set={setValue} wrong={wrong.value} hidden focus={from.name !== ""} />
      <p className="s12 sub">
        It is kept encrypted, added to calls outside the box, and never shown again.
        {before &&
          ` You keep ${before.name} already: its value${before.origin === given.origin ? "" : " and its address"} will be replaced.`}
      </p>
      {put.isError && (
        <p className="s13 c-bad" role="alert">
          {failure(put.error)} Nothing was changed; what you wrote is kept here.
        </p>
      )}
      <div className="fx">
        <button type="submit" className="btn pri" aria-disabled={put.isPending}>
          {put.isPending ? "Keeping it" : before ? "Replace it" : "Keep it"}
        </button>
        <button type="button" className="btn ghost" onClick={done}>
          Leave it
        </button>
      </div>
    </form>
  );
}

type EntryProps = {
  label: string;
  value: string;
  set: (value: string) => void;
  wrong: string | undefined;
  hidden?: boolean;
  focus?: boolean;
};
function Entry({ label, value, set, wrong, hidden, focus }: EntryProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="inp mono"
        type={hidden ? "password" : "text"}
        autoComplete={hidden ? "new-password" : "off"}
        autoCapitalize="none"
        spellCheck={false}
        // biome-ignore lint/a11y/noAutofocus: the form opens because the person asked for it
        autoFocus={focus}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong === undefined ? undefined : `${id}-wrong`}
        value={value}
        onChange={(event) => set(event.target.value)}
      />
      {wrong !== undefined && (
        <p id={`${id}-wrong`} className="s12 c-bad">
          {wrong}
        </p>
      )}
    </div>
  );
}
