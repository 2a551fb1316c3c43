import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";

/** Opens a preview beside the page, or closes what is open there. */
export function useShowPreview(): (preview: `pvw_${string}` | undefined) => void {
  const navigate = useNavigate();
  return useCallback((preview) => void navigate({ to: ".", search: preview ? { preview } : {} }), [navigate]);
}
