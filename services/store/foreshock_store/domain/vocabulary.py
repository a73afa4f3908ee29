"""Words that say little about which event a post is about.

`EMPTY` words carry nothing in any post. `COMMON` words are those of our field: every second relevant post has them, so
sharing one is weak evidence from the first post on, before any counting could have told.
"""

from typing import Final

_EMPTY: Final = """
a about after again all also am an and any are as at be because been before being but by can could did do does doing
down during each for from further had has have having he her here hers him his how i if in into is it its itself just
like may me might more most must my no nor not now of off on once only or other our ours out over own per same she
should so some such than that the their theirs them then there these they this those through to too under until up us
very via was we were what when where which while who whom why will with would you your yours rt amp don doesn didn isn
re ve ll let get got one two three say says said still even much many yet way make makes made new today week
fyi psa icymi tldr btw imo imho afaik iirc fwiw nb breaking exclusive thread

der die das den dem des ein eine einen einem einer und oder aber nicht mit von vom zu zum zur im in auf für ist sind
war wird werden wurde hat haben sich auch als bei nach aus über nur noch wie wir sie es dass

le la les un une des du de et ou mais ne pas avec pour par sur dans est sont été être a ont qui que ce cette ces il
elle ils nous vous au aux plus se son sa ses leur

el los las una unos unas y o pero con por para en es son fue ser ha han que se su sus lo al del más como no sin

の に は を た が で て と し れ さ いる する ある から まで また この その それ です ます った した して いう
こと もの ため より
的 了 在 是 和 也 有 就 不 我 这 那 与 及 等 对 将 已 为 被 并 其
"""

_COMMON: Final = """
ai artificial intelligence model models llm llms language agent agents frontier lab labs tech technology technologies
system systems inc corp corporation ltd limited llc plc gmbh group holdings company companies firm firms startup
startups industry customer customers user users developer developers people world
require requires required requirement requirements
government state federal national security policy rule rules law regulation regulators order directive act bill
authorities officials agency department commerce ministry commission minister president administration
export exports control controls licence license access restrict restricts restricted restriction restrictions ban bans
banned block blocks suspend suspends suspended foreign domestic global international country countries american
chip chips gpu gpus semiconductor semiconductors compute data center centers centre centres datacenter cloud hardware
software training train inference api open source weights research researchers paper benchmark benchmarks
announce announces announced announcement release released releases launch launches launched report reports reported
news statement according billion million percent year years month months day days monday tuesday wednesday thursday
friday saturday sunday first last next big use uses used using work works working build building need needs help
us usa uk eu china chinese europe european britain british japan japanese germany german france french india

ki künstliche intelligenz regierung gesetz verordnung exportkontrolle unternehmen modell modelle zugang daten chip
ia intelligence artificielle gouvernement loi règlement entreprise entreprises modèle modèles accès données puces
inteligencia gobierno ley empresa empresas modelo modelos acceso datos

人工 工知 知能 政府 規制 輸出 企業 開発 発表 米国 中国 日本 モデ デル 半導 導体 データ 利用 対象 禁止 提供
智能 政策 公司 模型 数据 芯片 出口 管制 美国 发布 技术 企业 限制 管理 宣布
"""

EMPTY: Final = frozenset(_EMPTY.split())
COMMON: Final = frozenset(_COMMON.split()) - EMPTY
