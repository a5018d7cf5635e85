// What a severity means for the team: which sign it has, where its messages go
// and who is called. Change the channels and the group to yours.
//
// Files in this folder are no layouts of their own; scripts import them.

export interface Route {
  /** The name of an emoji. */
  sign: string;
  color: string;
  /** The channel, by name or id; without one the message goes where the workflow says. */
  channel?: string;
  /** Id of the user group that is mentioned. */
  call?: string;
}

const ROUTES: Record<string, Route> = {
  High: { sign: "red_circle", color: "#d00000", channel: "soc-urgent", call: "S0614TZR7" },
  Medium: { sign: "large_orange_circle", color: "#e8912d", channel: "soc" },
  Low: { sign: "large_green_circle", color: "#2eb67d" },
};

const OTHER: Route = { sign: "white_circle", color: "#8d8d8d" };

/** The route of a severity as the workflow sends it; nobody is called for one that is not known. */
export function route(severity: string | undefined): Route {
  return Object.hasOwn(ROUTES, severity ?? "") ? ROUTES[severity as string] : OTHER;
}
