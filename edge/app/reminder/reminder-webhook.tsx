import { useState } from "react";
import { type RemindersOut, webhookIn, webhookMade } from "../../../schema/reminder/reminder.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { Field } from "../ui/form/field.tsx";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { formatDay } from "../ui/format.ts";
import { useRefreshReminders } from "./reminder-settings.ts";

/** The webhook: a program of the person that gets signed reminders. */
export function Webhook({ webhook }: { webhook: RemindersOut["webhook"] }) {
  const make = useRest(webhookMade);
  const remove = useRest(removedOut);
  const refresh = useRefreshReminders();
  const [sure, setSure] = useState<"rotate" | "remove">();
  const busy = make.isPending || remove.isPending;
  const save = (url: string) => {
    if (busy) return;
    setSure(undefined);
    make.mutate(restCall("POST", "/reminders/webhook", { body: { url } }), { onSuccess: refresh });
  };
  const forget = () => {
    if (busy) return;
    setSure(undefined);
    make.reset();
    remove.mutate(restCall("DELETE", "/reminders/webhook"), { onSuccess: refresh });
  };
  const press = (change: "rotate" | "remove", act: () => void) => (sure === change ? act() : setSure(change));
  return (
    <div className="card col" style={{ gap: 8, alignItems: "flex-start" }}>
      {webhook ? (
        <>
          <p className="s13" style={{ overflowWrap: "anywhere" }}>
            <code>{webhook.url}</code> <span className="sub">since {formatDay(webhook.updatedAt)}</span>
          </p>
          <div className="fx wrap">
            <button type="button" className="btn" aria-disabled={busy} onClick={() => press("rotate", () => save(webhook.url))}>
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
        <AddressForm save={save} busy={make.isPending} />
      )}
      {make.data && webhook && <Secret text={make.data.secret} />}
      {(make.isError || remove.isError) && (
        <p className="s13 c-bad" role="alert">
          {failureText(make.error ?? remove.error)} Nothing was changed.
        </p>
      )}
      <p className="s12 sub">
        Each reminder is a POST, signed by the Standard Webhooks specification: <code>webhook-id</code>, <code>webhook-timestamp</code>,{" "}
        <code>webhook-signature</code>.
      </p>
    </div>
  );
}

function AddressForm({ save, busy }: { save: (url: string) => void; busy: boolean }) {
  const form = useForm({
    first: () => ({ url: "" }),
    read: ({ url }) => readInput(webhookIn, { url: url.trim() }),
    send: ({ url }) => save(url),
    busy,
  });
  const wrong = form.wrong("url") && "Write a whole address: https://example.com/reminders";
  return (
    <form {...form.props} style={{ alignSelf: "stretch" }}>
      <Field label="Webhook" {...form.field("url")} wrong={wrong} type="url" placeholder="https://" mono />
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
