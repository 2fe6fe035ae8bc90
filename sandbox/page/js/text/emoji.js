// The few emoji that a workspace like this one uses. An unknown name stays as typed.

const EMOJI = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", heart: "❤️", tada: "🎉", eyes: "👀", white_check_mark: "✅", heavy_check_mark: "✔️",
  x: "❌", warning: "⚠️", bulb: "💡", rocket: "🚀", fire: "🔥", thinking_face: "🤔", wave: "👋", smile: "😄", slightly_smiling_face: "🙂",
  joy: "😂", cry: "😢", pray: "🙏", clap: "👏", raised_hands: "🙌", ok_hand: "👌", muscle: "💪", sparkles: "✨", star: "⭐", zap: "⚡",
  moneybag: "💰", money_with_wings: "💸", coin: "🪙", dollar: "💵", credit_card: "💳", bank: "🏦", chart_with_upwards_trend: "📈",
  chart_with_downwards_trend: "📉", bar_chart: "📊", calendar: "📅", hourglass: "⌛", hourglass_flowing_sand: "⏳", lock: "🔒", unlock: "🔓",
  mag: "🔍", memo: "📝", pencil: "📝", robot_face: "🤖", gift: "🎁", information_source: "ℹ️", question: "❓", exclamation: "❗", no_entry: "⛔",
  red_circle: "🔴", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵", black_circle: "⚫", white_circle: "⚪",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", repeat: "🔁", arrows_counterclockwise: "🔄", octagonal_sign: "🛑",
  snowflake: "❄️", ice_cube: "🧊", seedling: "🌱", package: "📦", busts_in_silhouette: "👥", bust_in_silhouette: "👤", speech_balloon: "💬", wrench: "🔧",
  gear: "⚙️", link: "🔗", point_right: "👉", coffee: "☕", bug: "🐛", test_tube: "🧪", books: "📚", scales: "⚖️", balance_scale: "⚖️", hand: "✋",
};

export const emojiChar = (name) => EMOJI[name.replace(/::skin-tone-\d$/, "")];
export const emojiText = (name) => emojiChar(name) ?? `:${name}:`;
export const QUICK_REACTIONS = ["+1", "heart", "tada", "eyes", "white_check_mark", "thinking_face"];
