import { useQuery } from "@tanstack/react-query";
import { type ErasureStep, erasureOut } from "../../../schema/account/erasure.ts";
import { useServices } from "../live/workspace.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { DoorPage } from "./door.tsx";

const erasureWords: Record<ErasureStep, string> = {
  stack: "Your stack and its repositories are being erased on their machine.",
  actor: "Your agents and all they know are being erased.",
  identity: "Your sign-in is being deleted.",
  rows: "What is left of your account is being erased.",
};

/** All that a person sees whose account is being erased. It goes on without this page. */
export function Erased() {
  const { api, sessions } = useServices();
  const query = useQuery({
    queryKey: ["erasure"],
    queryFn: () => api.get("/account/erasure", erasureOut),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === "erased" ? false : 2_000),
  });
  const gone = query.data?.state === "erased";
  return (
    <DoorPage title={gone ? "Your account is erased" : "Your account is being erased"}>
      <p className="fx" role="status">
        <Ring state={gone ? "done" : "working"} label="" />
        <span>{gone ? "Nothing of it is left here." : (query.data?.step && erasureWords[query.data.step]) || "It has begun."}</span>
      </p>
      {!gone && <p className="s13 sub">This goes on by itself, also while a machine is away. When it is done you are signed out.</p>}
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      <button type="button" className="btn" onClick={() => sessions.signOut()}>
        Sign out
      </button>
    </DoorPage>
  );
}
