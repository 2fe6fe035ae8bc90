/** Controls of one view by block and action: what they hold, and where a complaint goes. */
export function fieldRegistry() {
  const fields = new Map();
  const each = (fn) => fields.forEach((actions, block) => actions.forEach((field, action) => fn(field, block, action)));
  return {
    register(block, action, field) {
      if (!fields.has(block)) fields.set(block, new Map());
      fields.get(block).set(action, field);
    },
    /** -> {block_id: {action_id: state object}} */
    values() {
      const out = {};
      each((field, block, action) => { (out[block] ??= {})[action] = field.read(); });
      return out;
    },
    /** Puts back what was typed into controls that are still there after an update. */
    restore(values) {
      each((field, block, action) => { if (values?.[block]?.[action]) field.write(values[block][action]); });
    },
    /** What stands below the fields -> {block_id: text}. */
    complaints() {
      const out = {};
      each((field, block) => { if (field.complaint?.()) out[block] = field.complaint(); });
      return out;
    },
    /** Puts complaints back after an update. */
    recall(errors) {
      each((field, block) => { if (errors?.[block]) field.complain?.(errors[block]); });
    },
    /** errors: {block_id: text}. Focuses the first; says whether all of them found their place. */
    complain(errors) {
      const placed = Object.keys(errors).filter((block) => fields.has(block));
      each((field, block) => field.complain?.(errors[block] ?? ""));
      if (placed.length) [...fields.get(placed[0]).values()][0].focus();
      return placed.length === Object.keys(errors).length;
    },
    /** Blocks that must be filled and are not, and those filled with what cannot be -> {block_id: text}. */
    missing() {
      const out = {};
      each((field, block) => {
        if (field.optional === undefined) return;
        if (field.isBusy?.()) return void (out[block] = "The files are still on their way.");
        const { type, ...state } = field.read();
        const [value] = Object.values(state);
        const isEmpty = value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
        if (isEmpty && !(field.node.validity?.badInput)) out[block] = field.optional ? undefined : "Please fill this in.";
        else if (field.tooLong?.()) out[block] = field.tooLong();
        else if (field.node.validity && !field.node.validity.valid) out[block] = field.node.validationMessage;
      });
      return Object.fromEntries(Object.entries(out).filter(([, text]) => text));
    },
  };
}
