import { useState } from "react";
import { z } from "zod";
import type { MachineOut } from "../../../schema/machine/machine-view.ts";
import { evictOut, revokeIn } from "../../../schema/machine/machine-view.ts";
import { restCall } from "../live/api.ts";
import { useRest } from "../live/use-action.ts";
import { Field } from "../ui/form/field.tsx";
import { FormEnd } from "../ui/form/form-end.tsx";
import { useMachinesChanged } from "./machine.ts";
import { type MachineAct, machineActWords, revokeConsequence } from "./machine-words.ts";

const actOut = z.union([evictOut, z.object({ ok: z.literal(true) })]);

/** What can be done with a machine as it stands. */
function listActs({ host, runner, evictable, stacks }: MachineOut): MachineAct[] {
  const state = (host ?? runner)?.state;
  const acts: MachineAct[] = [];
  if (host && state === "ready") acts.push("drain");
  if (host && state === "draining") acts.push("undrain");
  if (state !== "revoked") acts.push("revoke");
  if (evictable && stacks.length > 0) acts.push("evict");
  return acts;
}

/** The actions of one machine, each with a question before it. */
export function MachineActions({ machine }: { machine: MachineOut }) {
  const [act, setAct] = useState<MachineAct>();
  const [counts, setCounts] = useState<z.infer<typeof evictOut>>();
  const acts = listActs(machine);
  const open = (wanted: MachineAct) => {
    setCounts(undefined);
    setAct(act === wanted ? undefined : wanted);
  };
  const held = machine.host && !machine.evictable && ["revoked", "left"].includes(machine.host.state) && machine.stacks.length > 0;
  return (
    <section aria-label="Actions">
      <h2>Actions</h2>
      <div className="fx wrap">
        {acts.map((each) => (
          <button
            key={each}
            type="button"
            className={each === "revoke" || each === "evict" ? "btn bad" : "btn"}
            aria-expanded={act === each}
            onClick={() => open(each)}
          >
            {machineActWords[each].title}
          </button>
        ))}
      </div>
      {held && (
        <p className="s13 sub">Its stacks can be taken away once the last right to run that it held has ended, within half a minute.</p>
      )}
      {act && acts.includes(act) && (
        <ActForm key={act} act={act} machine={machine} onEvicted={setCounts} onClose={() => setAct(undefined)} />
      )}
      {counts && !act && (
        <p className="s13" role="status">
          {counts.placed} placed elsewhere, {counts.homeless} wait for room, {counts.stopped} are placed when they wake.
        </p>
      )}
    </section>
  );
}

type FormProps = { act: MachineAct; machine: MachineOut; onEvicted: (counts: z.infer<typeof evictOut>) => void; onClose: () => void };
/** Opened anew it asks anew: a refusal is kept for its key, and the machine may stand otherwise by then. */
function ActForm({ act, machine: { host, runner }, onEvicted, onClose }: FormProps) {
  const change = useRest(actOut);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const changed = useMachinesChanged();
  const words = machineActWords[act];
  const body = act === "revoke" && reason.trim() !== "" ? { reason: reason.trim() } : {};
  const wrong = !revokeIn.safeParse(body).success;
  const press = () => {
    setTried(true);
    if (wrong || change.isPending) return;
    const done = (answer: z.infer<typeof actOut>) => {
      if ("placed" in answer) onEvicted(answer);
      onClose();
      changed();
    };
    const id = (host ?? runner)?.id ?? "";
    change.mutate(restCall("POST", `/hosts/{id}/${act}`, { params: { path: { id } }, body }), { onSuccess: done, onError: changed });
  };
  return (
    <form
      className="ptask form"
      aria-label={words.title}
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        press();
      }}
    >
      <p className="s13">{words.text}</p>
      {act === "revoke" && <p className="s13">{revokeConsequence(host)}</p>}
      {act === "revoke" && (
        <Field
          label="Why (the machine is told)"
          value={reason}
          set={setReason}
          wrong={tried && wrong ? "One line, at most 200 characters." : undefined}
          focus
        />
      )}
      <FormEnd
        change={change}
        unchanged="Nothing was changed."
        press={words.press}
        busy={words.busy}
        onClose={onClose}
        {...(act === "revoke" || act === "evict" ? { danger: { ready: true } } : {})}
      />
    </form>
  );
}
