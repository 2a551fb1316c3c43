import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";

/** A link back to the tree, on a phone. */
export function BackToTree() {
  const navigate = useNavigate();
  return (
    <button
      type="button"
      className="ib only-m"
      aria-label="Back to the files"
      onClick={() => void navigate({ to: "/memories", search: {} })}
    >
      <ArrowLeft className="i" aria-hidden="true" />
    </button>
  );
}
