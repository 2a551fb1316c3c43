import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { erasureOut } from "../../../schema/account/erasure.ts";
import { restCall } from "../live/api.ts";
import { useRest } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import { Failed } from "../ui/load-failed.tsx";

const erasureKey = ["erasure"];

/** What can't be undone; the address is written by hand before it can be pressed. */
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
        asks the payment provider to keep of your invoices. Back-ups of the database lose you when they run out. What others have copied, a
        clone of a repository or a receipt, is theirs.
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
  const same = written.trim().toLowerCase() === word.toLowerCase();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!same || erase.isPending) return;
    const call = restCall("POST", "/account/erasure", { body: { confirm: written.trim() } });
    erase.mutate(call, { onSuccess: () => queries.invalidateQueries({ queryKey: ["me"] }) }); // which says so from now on
  };
  return (
    <form className="ptask form" aria-label="Erase your account" autoComplete="off" onSubmit={submit} style={{ alignSelf: "stretch" }}>
      <p className="s13">Take along what you want to keep first. This can’t be undone.</p>
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
