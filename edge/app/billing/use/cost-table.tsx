import { formatCount } from "../../ui/format.ts";
import { formatSpent, sumOf } from "./use-words.ts";

type CostRow = { key: string; name: string; costMicros: number; ownMicros: number; inputTokens: number; outputTokens: number };
/** On a phone a long name takes all the room that it is given. */
const besideName = { paddingLeft: 12 };
const narrow = { width: "15%" };
/** What was used by each of something, and its share. Nothing, where all of it is one row without a name. */
export function CostTable({ by, rows }: { by: string; rows: readonly CostRow[] }) {
  if (rows.every(({ key }) => key === "")) return null;
  // Of what the plan paid; where it paid nothing, of what own keys did.
  const micros = sumOf(rows, (row) => row.costMicros) > 0 ? "costMicros" : "ownMicros";
  const all = sumOf(rows, (row) => row[micros]);
  return (
    <table className="num s13" aria-label={`By ${by.toLowerCase()}`}>
      <thead>
        <tr>
          <th>{by}</th>
          <th className="r" style={narrow}>
            Tokens
          </th>
          <th className="r" style={narrow}>
            Cost
          </th>
          <th className="only-d" style={{ ...besideName, width: "30%" }}>
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <td className="rule-what">{row.name}</td>
            <td className="r nowrap" style={besideName}>
              {formatCount(row.inputTokens + row.outputTokens)}
            </td>
            <td className="r nowrap" style={besideName}>
              {formatSpent(row)}
            </td>
            <td className="only-d" style={besideName}>
              <Share percent={all > 0 ? Math.round((100 * row[micros]) / all) : 0} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
const Share = ({ percent }: { percent: number }) => (
  <progress className="meter" max={100} value={percent} aria-label={`${percent} percent`} />
);
