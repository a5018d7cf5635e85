// A workspace of the npm package emulate, on a free port of loopback. Its address
// goes to the standard output once it answers. The token of the app has the scopes
// that the guide for administrators names, as far as emulate knows them.
import { createEmulator } from "emulate";

const app = { app_id: "A0FNSLACK1", bot_id: "B0FNSLACK1", bot_user_id: "U0FNSLACK1" };
const scopes = [
  "chat:write", "channels:read", "groups:read", "channels:join", "channels:manage", "groups:write",
  "channels:history", "groups:history", "im:history", "im:read", "files:write", "files:read", "users:read", "users:read.email",
];
const bot = { user_id: app.bot_user_id, bot_id: app.bot_id, app_id: app.app_id };
const slack = {
  strict_scopes: true,
  team: { name: "SOC", domain: "soc" },
  users: [
    { name: "ada", real_name: "Ada Analyst", email: "ada@example.com" },
    { name: "leo", real_name: "Leo Lead", email: "leo@example.com" },
  ],
  // Those who are in them are the people above: the app comes after them.
  channels: [{ name: "soc" }, { name: "board", is_private: true }],
  oauth_apps: [{ ...app, name: "fn-slack", client_id: "1.1", client_secret: "none", redirect_uris: [] }],
  tokens: [
    { ...bot, token: "xoxb-stand-in", scopes },
    { ...bot, token: "xoxb-few", scopes: ["chat:write"] },
    { user: "ada", token: "xoxp-ada" },
  ],
};
const { url } = await createEmulator({ service: "slack", port: 0, seed: { slack } });
console.log(url);
