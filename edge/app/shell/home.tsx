import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { MeOut } from "../../../schema/account/account.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { Trial, Unreachable } from "../account/door.tsx";
import { useServices } from "../live/workspace.ts";
import { Ring } from "../ui/ring.tsx";
import Frame from "./frame.tsx";

const Wait = () => (
  <main className="door">
    <Ring state="working" size={20} label="Loading" />
  </main>
);

/** The account first: who has an agent sees the workspace, who has none is offered the trial. */
export function Home() {
  const { api } = useServices();
  const me = useQuery({ queryKey: ["me"], queryFn: () => api.me() });
  if (me.isPending) return <Wait />;
  if (me.isError) {
    if (me.error instanceof AppError && me.error.code === "unauthenticated") return <Wait />; // the session's screen follows
    return <Unreachable title="Your account cannot be loaded" error={me.error} retry={() => void me.refetch()} />;
  }
  if (!me.data.agent) return <NoAgent me={me.data} />;
  return <Frame me={me.data} agent={me.data.agent} />;
}

function NoAgent({ me }: { me: MeOut }) {
  const { api, sessions } = useServices();
  const queries = useQueryClient();
  const [key, setKey] = useState(() => crypto.randomUUID()); // pressing twice starts once
  const start = useMutation({
    mutationFn: () => (me.subscription ? api.provision(key) : api.startTrial(key)),
    retry: (count, error) => count < 3 && error instanceof AppError && error.code === "unavailable",
    onError: () => setKey(crypto.randomUUID()),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["me"] }),
  });
  return (
    <Trial
      name={me.member.name}
      waiting={start.isPending || start.isSuccess}
      error={start.error ?? undefined}
      start={() => start.mutate()}
      signOut={() => sessions.signOut()}
    />
  );
}
