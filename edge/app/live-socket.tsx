import { createRivetKitWithClient } from "@rivetkit/react";
import { useMemo } from "react";
import type { Link } from "./link.ts";
import { liveClient } from "./live-client.ts";

/** The member's Grow Agent over the Rivet Kit React SDK. */
export default function LiveSocket({ link, member }: { link: Link; member: string }) {
  const { useActor } = useMemo(() => createRivetKitWithClient(liveClient(link, `${location.origin}/live`)), [link]);
  useActor({ name: "growAgent", key: [member], noCreate: true });
  return null;
}
