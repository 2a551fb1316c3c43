import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useConversation } from "../conversation/conversation.ts";

type LinkProps = {
  preview: `pvw_${string}`;
  className: string;
  /** To have something of it changed. */
  change?: true;
  /** The way back leads past the preview that was shown before. */
  replace?: boolean;
  children: ReactNode;
};
/** Opens a preview beside the open conversation. */
export function PreviewLink({ preview, className, change, replace = false, children }: LinkProps) {
  const { home, id } = useConversation();
  return home ? (
    <Link className={className} to="/" search={{ preview, change }} replace={replace}>
      {children}
    </Link>
  ) : (
    <Link className={className} to="/c/$agent" params={{ agent: id }} search={{ preview, change }} replace={replace}>
      {children}
    </Link>
  );
}
