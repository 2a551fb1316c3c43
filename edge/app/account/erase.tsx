import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { confirms, erasureOut } from "../../../schema/account/erasure.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import { formatBytes } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { useExport } from "./use-export.ts";

const erasureKey = ["erasure"];

/** What can't be undone; their name is written by hand before it can be pressed. */
export function Erase() {
  const { api } = useServices();
  const [open, setOpen] = useState(false);
  const query = useQuery({ queryKey: erasureKey, queryFn: () => api.get("/account/erasure", erasureOut), staleTime: 0 });
  const confirmBy = query.data?.confirmBy ?? null;
  return (
    <section className="col" aria-label="Erase your account" style={{ alignItems: "flex-start" }}>
      <p className="s13 sub">
        Your stack with all repositories, your agents with all they know, your projects, secrets, receipts and your audit are erased for
        good; agents at work stop at once. Kept are: a fingerprint of your sign-in, by which nobody can tell who you were, and what tax law
        asks the payment provider to keep of your invoices. Back-ups of the database lose you when they run out, and the platform’s disks
        may hold bytes of what was erased for longer, which nobody reaches through it. What others have copied, a clone of a repository or a
        receipt, is theirs.
        {query.data && !query.data.deletesSignIn && " Your account at the sign-in provider stays: this installation can't delete it."}
      </p>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      <button type="button" className="btn bad" aria-expanded={open} disabled={confirmBy === null} onClick={() => setOpen(!open)}>
        Erase your account
      </button>
      {open && confirmBy !== null && <Confirm word={confirmBy} close={() => setOpen(false)} />}
    </section>
  );
}

function Confirm({ word, close }: { word: string; close: () => void }) {
  const [written, setWritten] = useState("");
  const queries = useQueryClient();
  const erase = useRest(erasureOut);
  const same = confirms(written, word);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!same || erase.isPending) return;
    const call = restCall("POST", "/account/erasure", { body: { confirm: written.trim() } });
    erase.mutate(call, { onSuccess: () => queries.invalidateQueries({ queryKey: ["me"] }) }); // which says so from now on
  };
  return (
    <form className="ptask form" aria-label="Erase your account" autoComplete="off" onSubmit={submit} style={{ alignSelf: "stretch" }}>
      <ExportFirst />
      <p className="s13">This can’t be undone.</p>
      <Field label={`Write ${word} to confirm`} value={written} set={setWritten} mono focus />
      <FormEnd
        change={erase}
        unchanged="Nothing was erased."
        press="Erase it all"
        busy="Erasing"
        onClose={close}
        danger={{ ready: same }}
      />
    </form>
  );
}

/** Whether the person has their data by now; it is not asked for, as they may want none of it. */
function ExportFirst() {
  const { query, press, pressed, error } = useExport();
  const { state = "none", bytes = 0, missing = [], stands = false } = query.data ?? {};
  if (state === "ready" || (state === "packing" && !stands))
    return <p className="s13">Your data is being saved, {formatBytes(bytes)} so far. Wait for the end of it: erasing breaks it off.</p>;
  if (state === "saved" && missing.length === 0) return <p className="s13">Your data was saved as growqr-export.zip.</p>;
  return (
    <>
      <p className="s13">
        {state === "none" && "You have not taken your data along."}
        {stands && "Nothing of your export was saved for a minute. Look whether your browser still saves it."}
        {state === "broken" && "Your export ended before it was whole."}
        {state === "saved" && "Something is missing in what you exported: the list is above, at your data."}
      </p>
      <div className="fx wrap">
        <button type="button" className="btn" aria-disabled={pressed} onClick={press}>
          Export it first
        </button>
        {error !== undefined && (
          <span className="s13 c-bad" role="alert">
            {failureText(error)} Nothing was begun.
          </span>
        )}
      </div>
    </>
  );
}
