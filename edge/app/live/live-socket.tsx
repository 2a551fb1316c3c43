import { createRivetKitWithClient } from "@rivetkit/react";
import { useMemo } from "react";
import { liveClient } from "./live-client.ts";
import type { LiveLink } from "./live-link.ts";

/** The member's Grow Agent over the Rivet Kit React SDK. */
export default function LiveSocket({ link, member }: { link: LiveLink; member: string }) {
  const { useActor } = useMemo(() => createRivetKitWithClient(liveClient(link, `${location.origin}/live`)), [link]);
  useActor({ name: "growAgent", key: [member], noCreate: true });
  return null;
}
