import { type FormEvent, useId, useState } from "react";
import { type RemindersOut, webhookMade } from "../../../schema/reminder/reminder.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { failure, useRest } from "../live/use-action.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { dayOf } from "../ui/format.ts";
import { useRefresh } from "./reminder-settings.ts";

/** A program of the person's own that is told, with a signature it can check. */
export function Webhook({ of }: { of: RemindersOut["webhook"] }) {
  const make = useRest(webhookMade);
  const remove = useRest(removedOut);
  const refresh = useRefresh();
  const [sure, setSure] = useState<"rotate" | "remove">();
  const busy = make.isPending || remove.isPending;
  const save = (url: string) => {
    if (busy) return;
    setSure(undefined);
    make.mutate({ method: "POST", path: "/reminders/webhook", body: { url } }, { onSuccess: refresh });
  };
  const forget = () => {
    if (busy) return;
    setSure(undefined);
    make.reset();
    remove.mutate({ method: "DELETE", path: "/reminders/webhook" }, { onSuccess: refresh });
  };
  const press = (what: "rotate" | "remove", act: () => void) => (sure === what ? act() : setSure(what));
  return (
    <div className="card col" style={{ gap: 8, alignItems: "flex-start" }}>
      {of ? (
        <>
          <p className="s13" style={{ overflowWrap: "anywhere" }}>
            <code>{of.url}</code> <span className="sub">since {dayOf(of.updatedAt)}</span>
          </p>
          <div className="fx wrap">
            <button type="button" className="btn" aria-disabled={busy} onClick={() => press("rotate", () => save(of.url))}>
              {make.isPending ? "Making a new secret" : sure === "rotate" ? "Really make a new secret" : "New secret"}
            </button>
            <button
              type="button"
              className={sure === "remove" ? "btn bad" : "btn"}
              aria-disabled={busy}
              onClick={() => press("remove", forget)}
            >
              {remove.isPending ? "Removing" : sure === "remove" ? "Really remove" : "Remove"}
            </button>
          </div>
        </>
      ) : (
        <Address save={save} busy={make.isPending} />
      )}
      {make.data && of && <Secret text={make.data.secret} />}
      {(make.isError || remove.isError) && (
        <p className="s13 c-bad" role="alert">
          {failure(make.error ?? remove.error)} Nothing was changed.
        </p>
      )}
      <p className="s12 sub">
        Each reminder is a POST, signed by the Standard Webhooks specification: <code>webhook-id</code>, <code>webhook-timestamp</code>,{" "}
        <code>webhook-signature</code>.
      </p>
    </div>
  );
}

function Address({ save, busy }: { save: (url: string) => void; busy: boolean }) {
  const [url, setUrl] = useState("");
  const [tried, setTried] = useState(false);
  const id = useId();
  const wrong = tried && !URL.canParse(url.trim()) ? "Write a whole address: https://example.com/reminders" : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (URL.canParse(url.trim())) save(url.trim());
  };
  return (
    <form onSubmit={submit} noValidate style={{ alignSelf: "stretch" }}>
      <div className="field">
        <label htmlFor={id}>Webhook</label>
        <input
          id={id}
          className="inp mono"
          type="url"
          value={url}
          autoComplete="off"
          spellCheck={false}
          placeholder="https://"
          aria-invalid={wrong !== undefined}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          onChange={(event) => setUrl(event.target.value)}
        />
        {wrong && (
          <p id={`${id}-wrong`} className="s12 c-bad">
            {wrong}
          </p>
        )}
      </div>
      <button type="submit" className="btn" style={{ marginTop: 8 }} aria-disabled={busy}>
        {busy ? "Saving" : "Save"}
      </button>
    </form>
  );
}

function Secret({ text }: { text: string }) {
  return (
    <div role="status" style={{ alignSelf: "stretch" }}>
      <p className="s13" style={{ marginBottom: 4 }}>
        The secret to check signatures with. It is shown this once; keep it now.
      </p>
      <div className="exact">
        <section className="grow" aria-label="Secret">
          <pre>{text}</pre>
        </section>
        <CopyButton text={text} label="Copy the secret" />
      </div>
    </div>
  );
}
