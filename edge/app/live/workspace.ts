import { createContext, useContext } from "react";
import type { ActorView, MeOut } from "../../../schema/account/account.ts";
import type { Sessions } from "../account/session.ts";
import type { EdgeApi } from "./api.ts";
import type { Live } from "./live.ts";
import type { Mutation } from "./use-action.ts";

/** What the whole page shares. */
export const AppServices = createContext<{ sessions: Sessions; api: EdgeApi } | undefined>(undefined);
export function useServices() {
  const services = useContext(AppServices);
  if (!services) throw new Error("outside of the app");
  return services;
}

export type AppSpace = { live: Live; me: MeOut; agent: ActorView; agentName: string; startStack: Mutation; stopStack: Mutation };
export const Workspace = createContext<AppSpace | undefined>(undefined);
export function useSpace(): AppSpace {
  const space = useContext(Workspace);
  if (!space) throw new Error("outside of the workspace");
  return space;
}
