import { setTheme, type Theme, themes, useTheme } from "../shell/theme.ts";

const themeNames: Record<Theme, string> = { system: "As this device", light: "Light", dark: "Dark" };
/** The colours of this browser. */
export function Appearance() {
  const theme = useTheme();
  return (
    <fieldset className="deps">
      <legend className="s13 sub">Colours in this browser</legend>
      <div className="fx wrap">
        {themes.map((each) => (
          <label key={each} className="fx check" style={{ minHeight: "var(--ctl)" }}>
            <input type="radio" name="theme" checked={theme === each} onChange={() => setTheme(each)} />
            <span>{themeNames[each]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
