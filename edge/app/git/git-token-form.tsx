import { useId, useRef, useState } from "react";
import type { z } from "zod";
import { gitTokenIn, gitTokenLife, type gitTokenMade } from "../../../schema/git/git-token.ts";
import { failure, type useRest } from "../live/use-action.ts";
import { focusFirstWrong } from "../ui/focus-first-wrong.ts";
import { Failed } from "../ui/load-failed.tsx";
import { useRepos } from "./repos.ts";

type Made = z.infer<typeof gitTokenMade>;
const day = 86_400;
const lives = [
  [day, "One day"],
  [30 * day, "30 days"],
  [gitTokenLife.usual, "90 days"],
  [gitTokenLife.most, "One year"],
] as const;

/** What a new token opens and for how long. */
export function GitTokenForm({
  repo,
  make,
  done,
  leave,
}: {
  repo: string | undefined;
  make: ReturnType<typeof useRest<Made>>;
  done: () => void;
  leave: () => void;
}) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const repos = useRepos();
  const [name, setName] = useState(repo === undefined ? "" : `Clone of ${repo.split("/")[1]}`);
  const [chosen, choose] = useState<readonly string[]>(repo === undefined ? [] : [repo]);
  const [expiresIn, setLife] = useState<number>(gitTokenLife.usual);
  const [tried, setTried] = useState(false);
  const titles = new Map(repos.data?.repos.map((one) => [one.repo, one.title]));
  const names = [...new Set([...(repo === undefined ? [] : [repo]), ...titles.keys()])];
  const given = gitTokenIn.safeParse({ name, repositories: chosen, expiresIn });
  const wrong = (field: string) => tried && given.error?.issues.some((issue) => issue.path[0] === field);
  const save = () => {
    setTried(true);
    if (make.isPending) return;
    if (!given.success) return void setTimeout(() => focusFirstWrong(form.current));
    make.mutate({ method: "POST", path: "/git/tokens", body: given.data }, { onSuccess: done });
  };
  return (
    <form
      ref={form}
      className="ptask form"
      aria-label="New Git token"
      autoComplete="off"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div className="field">
        <label htmlFor={id}>Name, to know it by</label>
        <input
          id={id}
          className="inp"
          // biome-ignore lint/a11y/noAutofocus: the form opens because the person asked for it
          autoFocus
          maxLength={80}
          aria-invalid={wrong("name") === true}
          aria-describedby={wrong("name") ? `${id}-wrong` : undefined}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {wrong("name") && (
          <p id={`${id}-wrong`} className="s12 c-bad">
            Say where you will use it, in one line.
          </p>
        )}
      </div>
      <fieldset className="deps" data-wrong={wrong("repositories") ? "" : undefined}>
        <legend>Opens, for reading</legend>
        {names.map((one) => (
          <label key={one} className="fx s13 check" style={{ minHeight: "var(--ctl)" }}>
            <input
              type="checkbox"
              checked={chosen.includes(one)}
              onChange={(event) => choose(event.target.checked ? [...chosen, one] : chosen.filter((other) => other !== one))}
            />
            <span>
              {titles.get(one) ?? one.split("/")[1]} <code className="sub">{one}</code>
            </span>
          </label>
        ))}
        {repos.isError && <Failed error={repos.error} retry={repos.refetch} />}
        {names.length === 0 && !repos.isError && <p className="s13 sub">{repos.isPending ? "Reading" : "You have no repositories yet."}</p>}
        {wrong("repositories") && <p className="s12 c-bad">{chosen.length > 20 ? "At most twenty." : "Choose at least one."}</p>}
      </fieldset>
      <div className="field">
        <label htmlFor={`${id}-life`}>Ends after</label>
        <select id={`${id}-life`} className="inp" value={expiresIn} onChange={(event) => setLife(Number(event.target.value))}>
          {lives.map(([seconds, title]) => (
            <option key={seconds} value={seconds}>
              {title}
            </option>
          ))}
        </select>
      </div>
      {make.isError && (
        <p className="s13 c-bad" role="alert">
          {failure(make.error)} No token was shown; what you chose is kept here.
        </p>
      )}
      <div className="fx">
        <button type="submit" className="btn pri" aria-disabled={make.isPending}>
          {make.isPending ? "Making it" : "Make the token"}
        </button>
        <button type="button" className="btn ghost" onClick={leave}>
          Leave it
        </button>
      </div>
    </form>
  );
}
