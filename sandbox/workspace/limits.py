"""Every limit the workspace keeps, with the page (of docs.slack.dev unless said otherwise) that states it."""

from dataclasses import dataclass

# Messages: reference/methods/chat.postMessage, "Errors" and "Truncating content".
POST_TEXT_MAX_CHARS = 40_000
# reference/methods/chat.update, error msg_too_long.
UPDATE_TEXT_MAX_CHARS = 4_000
# reference/block-kit/blocks/markdown-block and chat.postMessage's markdown_text: the sum over one message.
MARKDOWN_MAX_CHARS = 12_000
# reference/block-kit/blocks: "up to 50 blocks in each message, and 100 blocks in modals or Home tabs".
MESSAGE_BLOCKS_MAX = 50
VIEW_BLOCKS_MAX = 100

# Blocks and elements: reference/block-kit/blocks/*, reference/block-kit/block-elements/*.
BLOCK_ID_MAX_CHARS = 255
ACTION_ID_MAX_CHARS = 255
SECTION_TEXT_MAX_CHARS = 3_000
SECTION_FIELDS_MAX = 10
SECTION_FIELD_MAX_CHARS = 2_000
HEADER_TEXT_MAX_CHARS = 150
CONTEXT_ELEMENTS_MAX = 10
ACTIONS_ELEMENTS_MAX = 25
CONTEXT_ACTIONS_ELEMENTS_MAX = 5
INPUT_LABEL_MAX_CHARS = 2_000
INPUT_HINT_MAX_CHARS = 2_000
IMAGE_URL_MAX_CHARS = 3_000
IMAGE_ALT_MAX_CHARS = 2_000
BUTTON_TEXT_MAX_CHARS = 75
BUTTON_VALUE_MAX_CHARS = 2_000
BUTTON_URL_MAX_CHARS = 3_000
PLACEHOLDER_MAX_CHARS = 150
# reference/block-kit/composition-objects/confirmation-dialog-object.
CONFIRM_TITLE_MAX_CHARS = 100
CONFIRM_TEXT_MAX_CHARS = 300
CONFIRM_BUTTON_MAX_CHARS = 30
OPTIONS_MAX = 100
OVERFLOW_OPTIONS_MAX = 5
CHECK_OPTIONS_MAX = 10
OPTION_TEXT_MAX_CHARS = 75
OPTION_VALUE_MAX_CHARS = 150
PLAIN_INPUT_MAX_CHARS = 3_000
# reference/block-kit/blocks/table-block.
TABLE_ROWS_MAX = 100
TABLE_COLUMNS_MAX = 20
TABLE_MAX_CHARS = 10_000

# reference/views/modal-views.
VIEW_TITLE_MAX_CHARS = 24
VIEW_BUTTON_MAX_CHARS = 24
VIEW_CALLBACK_ID_MAX_CHARS = 255
VIEW_METADATA_MAX_CHARS = 3_000
VIEW_STACK_MAX = 3

# interactivity/handling-user-interaction: "up to 5 times within 30 minutes".
RESPONSE_URL_USES_MAX = 5
# reference/methods/assistant.threads.setSuggestedPrompts.
PROMPTS_MAX = 4
# reference/methods/agents.sessions.setStatus.
SESSION_TITLE_MAX_CHARS = 200
# reference/methods/chat.postEphemeral: in a thread it is shown only where the thread is active already, that is, has
# a reply that lasts; otherwise the call succeeds and nobody sees the message.
EPHEMERAL_NEEDS_REPLY = True
# apis/events-api/using-socket-mode: "up to 10 open WebSocket connections".
LINKS_MAX = 10
# reference/methods/conversations.history and friends: default and greatest page.
PAGE_DEFAULT = 100
PAGE_MAX = 1_000
# Files that people attach here. Slack takes up to 1 GB (help centre, "Add files to Slack"); this keeps them in memory.
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
# messaging/working-with-files: at most ten files with one message.
MESSAGE_FILES_MAX = 10
# reference/objects/message-metadata: about 8 KB of payload.
METADATA_MAX_BYTES = 8_000


@dataclass
class Timing:
    """How long things last, in seconds. Slack's own figures; tests shorten them.

    ack_timeout_s, retry_delays_s: apis/events-api (3 seconds; at once, after 1 and 5 minutes).
    trigger_life_s: surfaces/modals ("expire 3 seconds after"). response_url_life_s: 30 minutes.
    stream_life_s: slackapi/python-slack-sdk issue threads on message_not_in_streaming_state (about five minutes).
    status_life_s: reference/methods/assistant.threads.setStatus (two minutes).
    """

    ack_timeout_s: float = 3.0
    retry_delays_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    trigger_life_s: float = 3.0
    response_url_life_s: float = 1_800.0
    stream_life_s: float = 300.0
    status_life_s: float = 120.0


# apis/web-api/rate-limits: the tiers' requests per minute, per method and workspace.
TIER_PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
WINDOW_S = 60.0
# The same page: "1 per second, per channel"; short bursts over it are let through, this many.
POST_PER_CHANNEL_S = 1.0
POST_BURST = 3
