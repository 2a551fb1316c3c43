import { createContext, useCallback, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { ActorView, MeOut } from "../../../schema/account/account.ts";
import type { Sessions } from "../account/session.ts";
import type { Api } from "./api.ts";
import type { Live, Now } from "./live.ts";

/** What the whole page shares. */
export const Services = createContext<{ sessions: Sessions; api: Api } | undefined>(undefined);
export function useServices() {
  const doors = useContext(Services);
  if (!doors) throw new Error("outside of the app");
  return doors;
}

export type Space = { live: Live; me: MeOut; agent: ActorView; agentName: string; startStack: Mutation; stopStack: Mutation };
export const Workspace = createContext<Space | undefined>(undefined);
export function useSpace(): Space {
  const space = useContext(Workspace);
  if (!space) throw new Error("outside of the workspace");
  return space;
}
export function useNow(): Now {
  const { live } = useSpace();
  return useSyncExternalStore(live.subscribe, live.now);
}

/** Something the person asked for that the other side has to answer. */
export type Mutation = {
  state: "idle" | "running" | "failed";
  error: unknown;
  run: () => void;
  /** Forgets that it failed. */
  reset: () => void;
};
export function useMutationOf(act: () => Promise<unknown>): Mutation {
  const [now, setNow] = useState<{ state: Mutation["state"]; error: unknown }>({ state: "idle", error: undefined });
  const run = useCallback(() => {
    setNow({ state: "running", error: undefined });
    act().then(
      () => setNow({ state: "idle", error: undefined }),
      (error: unknown) => setNow({ state: "failed", error }),
    );
  }, [act]);
  const reset = useCallback(() => setNow((before) => (before.state === "failed" ? { state: "idle", error: undefined } : before)), []);
  return { ...now, run, reset };
}

/** The time, renewed every `every` ms while `on`. */
export function useClock(on: boolean, every = 100): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!on) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [on, every]);
  return now;
}

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}
