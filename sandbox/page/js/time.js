// Times in the zone of the person acted as.

const cache = new Map();

function formatter(tz, options) {
  const key = `${tz}|${JSON.stringify(options)}`;
  if (!cache.has(key)) cache.set(key, build(tz, options));
  return cache.get(key);
}

function build(tz, options) {
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: tz || undefined });
  } catch {
    return new Intl.DateTimeFormat("en-GB", options); // a zone this browser does not know
  }
}

export const tsDate = (ts) => new Date(Number(ts) * 1000);
export const clock = (date, tz) => formatter(tz, { hour: "2-digit", minute: "2-digit" }).format(date);
export const seconds = (date, tz) => formatter(tz, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(date);
export const longDay = (date, tz) => formatter(tz, { weekday: "long", day: "numeric", month: "long" }).format(date);
export const full = (date, tz) => formatter(tz, { dateStyle: "full", timeStyle: "medium" }).format(date);
export const dayKey = (date, tz) => formatter(tz, { year: "numeric", month: "2-digit", day: "2-digit" }).format(date);

export function dayName(date, tz, now = new Date()) {
  const key = dayKey(date, tz);
  if (key === dayKey(now, tz)) return "Today";
  if (key === dayKey(new Date(now.getTime() - 86_400_000), tz)) return "Yesterday";
  return longDay(date, tz);
}

const DATE_PARTS = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

/** Slack's date format: "{date_short_pretty} at {time}". A part that is unknown stays as it is. */
export function slackDate(epochS, format, tz) {
  const date = new Date(Number(epochS) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return format.replace(/\{(\w+)\}/g, (whole, name) => {
    if (name.endsWith("_pretty") && ["Today", "Yesterday"].includes(dayName(date, tz))) return dayName(date, tz).toLowerCase();
    const options = DATE_PARTS[name.replace("_pretty", "")];
    return options ? formatter(tz, options).format(date) : whole;
  });
}
