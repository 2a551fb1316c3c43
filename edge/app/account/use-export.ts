import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ExportOut, exportMade, exportOut } from "../../../schema/account/export.ts";
import { restCall } from "../live/api.ts";
import { useRest } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { saveAddress } from "../ui/save-file.ts";

const exportKey = ["account-export"];
const isUnderWay = (state: ExportOut["state"] | undefined) => state === "ready" || state === "packing";
type AccountExport = {
  query: UseQueryResult<ExportOut>;
  /** Has the browser save the archive by a new link; what an older link saves breaks off. */
  press: () => void;
  pressed: boolean;
  /** Why no link was made. */
  error: unknown;
  /** The link that was made here. */
  url: string | undefined;
};
/** The export of the person's data, and how far it is, whichever browser saves it. */
export function useExport(): AccountExport {
  const { api } = useServices();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: exportKey,
    queryFn: () => api.get("/account/exports", exportOut),
    staleTime: 0,
    refetchOnWindowFocus: true,
    refetchInterval: ({ state: { data } }) => (isUnderWay(data?.state) ? (data?.stands ? 10_000 : 1_000) : false),
  });
  const make = useRest(exportMade);
  const press = () => {
    if (make.isPending) return;
    make.mutate(restCall("POST", "/account/exports"), {
      onSuccess: (made) => {
        saveAddress(made.url, "growqr-export.zip");
        void queries.invalidateQueries({ queryKey: exportKey });
      },
    });
  };
  return { query, press, pressed: make.isPending, error: make.isError ? make.error : undefined, url: make.data?.url };
}
