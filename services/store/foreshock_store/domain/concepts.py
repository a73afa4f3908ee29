"""What happens, and to what, in words of seven languages: a bridge between paraphrases and translations.

Each line is a concept: its name, then the words for it. A word stands for all its forms that share a stem; words with a
space are phrases. A concept marked with `!` is talked of in every second post of our field; sharing it is little.
"""

# ruff: noqa: E501  a concept is a line

import re
from collections.abc import Iterator
from typing import Final

from foreshock_store.domain.stems import stem

_TABLE: Final = """
ban!: ban, banned, bans, prohibit, outlaw, forbid, forbidden, bar, barred, block, verbot, verbietet, verboten, verbieten, untersagt, sperrt, gesperrt, interdit, interdire, interdiction, bloque, bloqué, prohíbe, prohibir, prohibición, prohibido, bloquea, 禁止, 禁じ, 禁令, 封禁, 封鎖, 屏蔽, 금지, 차단
halt!: suspend, suspension, pause, halt, freeze, frozen, disable, shutdown, switch off, switched off, shut off, cut off, cuts off, turn off, turned off, pull the plug, aussetzen, ausgesetzt, abschalten, abgeschaltet, stoppt, gestoppt, setzt aus, suspendre, suspendu, coupe, coupé, désactive, gel, suspende, suspendido, corta, desactiva, 停止, 遮断, 中断, 凍結, 差し止め, 打ち切, 暂停, 暫停, 叫停, 停用, 切断, 冻结, 关停, 关闭, 中止, 중단, 정지, 동결
control!: export control, export controls, restrict, restriction, curb, curbs, controls, exportkontrolle, exportkontrollen, ausfuhrkontrolle, beschränkt, beschränkung, contrôle, contrôles, restreint, restriction, restringe, restricción, 輸出規制, 輸出管理, 規制, 制限, 出口管制, 管制, 限制, 수출통제, 제한, 규제
licence: licence, license, licensing, permit, permits, authorisation, authorization, genehmigung, genehmigungspflicht, bewilligung, licencia, autorización, autorisation, 許可, 許可制, 许可, 许可证, 許可證, 허가
lift: lift, lifted, rescind, repeal, revoke, reinstate, restore, restored, unblock, reopen, resume, aufgehoben, hebt auf, wiederhergestellt, lève, levée, rétabli, abroge, levanta, restablece, restablecido, deroga, reanuda, 解除, 撤廃, 撤回, 復帰, 復旧, 再開, 恢复, 恢復, 重启, 解禁, 해제, 복구, 재개
tariff: tariff, tariffs, duties, levy, zoll, zölle, strafzölle, droits de douane, arancel, aranceles, 関税, 关税, 關稅, 관세
sanction: sanction, sanctions, blacklist, entity list, sanktion, sanktionen, schwarze liste, liste noire, lista negra, sanción, sanciones, 制裁, 实体清单, 實體清單, 黑名单, 輸出禁止リスト, 제재
import: import, imports, imported, einfuhr, importation, importación, importaciones, 輸入, 进口, 進口, 수입
export!: export, exports, ausfuhr, exportation, exportación, 輸出, 出口, 수출
veto: veto, vetoes, vetoed, 拒否権, 否决, 거부권
sign: signs, signed, signing, signature, unterzeichnet, unterschreibt, signe, firma, firmó, 署名, 签署, 簽署, 서명
pass: passes, passed, vote, votes, voted, adopt, adopted, beschließt, verabschiedet, adopte, vota, aprueba, aprobado, 可決, 通过, 通過, 表决, 가결, 통과
bill: bill, bills, legislation, gesetzentwurf, projet de loi, proposition de loi, proyecto de ley, 法案, 草案, 법안
decree!: order, orders, ordered, directive, decree, anordnung, weisung, verfügung, verordnung, erlass, directive, décret, arrêté, ordre, ordonne, orden, ordena, directiva, decreto, 命令, 指令, 通達, 指示, 令, 명령, 지시
executive order: executive order, executive orders, eo, dekret, orden ejecutiva, 大統領令, 行政命令, 行政令, 행정명령
moratorium: moratorium, moratoria, moratoire, moratoria, モラトリアム, 建設停止, 暂停建设, 모라토리엄
draft: proposed, proposes, proposal, draft, consultation, considers, considering, mulls, weighs, entwurf, erwägt, projet, envisage, borrador, propone, estudia, 検討, 提案, 考虑, 拟, 征求意见, 검토
refuse: refuse, refuses, refused, reject, rejects, rejected, decline, lehnt, refuser, rejette, rechaza, 拒否, 拒绝, 驳回, 却下, 거부, 기각
postpone: postpone, postponed, delay, delayed, calls off, called off, cancel, cancelled, canceled, verschoben, vertagt, reporté, reporte, aplaza, cancela, 延期, 推迟, 取消, 中止する, 연기
deadline: deadline, expires, frist, échéance, délai, plazo, 期限, 截止, 기한
tonight: tonight, midnight, immediately, immediate, mitternacht, sofort, heute nacht, minuit, immédiat, immédiatement, medianoche, inmediato, inmediatamente, 即時, 即日, 直ちに, 今夜, 立即, 午夜, 今晚, 즉시
foreigner: foreign national, foreign nationals, foreigner, foreigners, non citizens, noncitizens, non citizen, ausländer, ausländische, ausländischen, staatsbürger, étranger, étrangers, ressortissant, ressortissants, extranjero, extranjeros, 外国人, 外国籍, 外籍, 境外, 国外, 외국인
abroad: abroad, overseas, ausland, étranger, exterior, 海外, 국외, 해외
access!: access, zugang, zugriff, accès, acceso, アクセス, 利用, 访问, 使用, 接入, 이용, 접근
user: account, accounts, konto, konten, compte, comptes, cuenta, cuentas, アカウント, 账户, 账号, 계정
national security: national security, nationale sicherheit, nationalen sicherheit, sécurité nationale, seguridad nacional, 国家安全保障, 国家安全, 안보
government!: government, state, federal, regierung, gouvernement, gobierno, 政府, 当局, 정부
ministry!: ministry, department, ministerium, ministère, ministerio, 省, 部门, 부처
law!: law, act, regulation, rule, rules, gesetz, loi, règlement, ley, reglamento, 法律, 規則, 法規, 规定, 법
president: president, präsident, président, presidente, 大統領, 总统, 總統, 대통령
governor: governor, gouverneur, gobernador, 知事, 州长, 주지사
parliament: parliament, congress, senate, bundestag, parlament, parlement, sénat, congreso, senado, parlamento, 議会, 国会, 议会, 參議院, 의회, 국회
court: court, judge, gericht, richter, tribunal, juge, cour, juez, 裁判所, 判事, 法院, 法官, 법원, 판사
lawsuit: lawsuit, sue, sues, sued, suing, suit, litigation, plaintiff, complaint, klage, verklagt, klagt, procès, plainte, poursuit, demanda, demandar, querella, 提訴, 訴訟, 起诉, 诉讼, 訴える, 소송
trial: trial, jury, testimony, testify, testifies, testified, witness, courtroom, prozess, verhandlung, juicio, 裁判, 公判, 証言, 庭审, 审判, 재판
ruling: ruling, rules that, verdict, urteil, verdict, jugement, sentencia, fallo, 判決, 裁决, 判决, 판결
injunction: injunction, restraining order, einstweilige, référé, injonction, medida cautelar, 仮処分, 差止, 禁制令, 가처분
settlement: settle, settles, settled, settlement, vergleich, accord amiable, acuerdo extrajudicial, 和解, 합의
fine: fined, fine of, penalty, bußgeld, geldstrafe, amende, multa, 制裁金, 罰金, 罚款, 过징금, 과징금
probe: investigate, investigates, investigation, probe, inquiry, ermittlung, ermittelt, untersuchung, enquête, investigación, investiga, 調査, 捜査, 调查, 수사
antitrust: antitrust, monopoly, kartellrecht, kartell, antitrust, monopole, monopolio, 独占, 反垄断, 反トラスト, 독점
copyright: copyright, urheberrecht, droit d'auteur, droits d'auteur, derechos de autor, 著作権, 版权, 저작권
author: author, authors, writer, writers, novelist, autoren, auteurs, autores, escritores, 作家, 著者, 작가
publisher: publisher, publishers, newspaper, newspapers, verlag, verlage, éditeurs, presse, editores, 出版社, 新聞社, 报社, 출판
privacy: privacy, data protection, personal data, datenschutz, vie privée, données personnelles, privacidad, datos personales, プライバシー, 個人情報, 个人信息, 隐私, 개인정보
leak: leak, leaked, leaks, exposed, geleakt, leck, fuite, filtra, filtración, filtrado, 流出, 漏洩, リーク, 泄露, 外泄, 유출
source code: source code, codebase, quellcode, code source, código fuente, ソースコード, 源代码, 源码, 소스코드
breach: breach, breached, hack, hacked, hacks, hackers, hacker, intrusion, intruder, attacker, attackers, cyberattack, compromised, gehackt, angriff, angreifer, piraté, piratage, cyberattaque, hackeado, hackeo, ciberataque, intrusión, 侵入, 不正アクセス, ハッキング, 攻撃, 入侵, 黑客, 攻击, 해킹, 침입
flaw: vulnerability, vulnerabilities, flaw, exploit, zero day, cve, schwachstelle, sicherheitslücke, lücke, faille, vulnérabilité, vulnerabilidad, 脆弱性, 漏洞, 취약점
outage: outage, outages, downtime, offline, down for, ausfall, störung, panne, caída, interrupción, apagón, 障害, ダウン, 停電, 停电, 宕机, 中断服务, 장애, 먹통
malware: malware, ransomware, trojan, schadsoftware, logiciel malveillant, マルウェア, 恶意软件, 악성코드
funding: raise, raises, raised, raising, funding, series a, series b, series c, series d, seed round, finanzierungsrunde, levée de fonds, levé, lève des fonds, ronda, financiación, recauda, 資金調達, 調達, 融资, 募资, 투자 유치, 자금 조달
valuation: valuation, valued, bewertung, bewertet, valorisation, valorisée, valoración, valorada, 評価額, 估值, 기업가치
invest: invest, invests, invested, investment, stake, investiert, beteiligung, investit, investissement, invierte, inversión, 出資, 投資, 投资, 入股, 투자, 지분
acquire: acquire, acquires, acquisition, buys, takeover, merger, übernimmt, übernahme, kauft, rachat, rachète, acquisition, adquiere, adquisición, compra, 買収, 收购, 인수
ipo: ipo, listing, goes public, börsengang, introduction en bourse, salida a bolsa, 上場, 上市, 상장
earnings: earnings, revenue, profit, quarterly, quarter, umsatz, gewinn, bénéfice, chiffre d'affaires, ingresos, beneficio, 決算, 売上, 利益, 财报, 营收, 利润, 실적, 매출
shares: shares, stock, stocks, aktie, aktien, bourse, acciones, 株価, 株, 股价, 股票, 주가
price: price, prices, pricing, preis, preise, prix, precio, precios, 価格, 値上げ, 值上げ, 涨价, 价格, 가격
layoff: layoff, layoffs, laying off, lays off, job cuts, cuts jobs, staff cuts, cuts its staff, entlässt, entlassungen, stellenabbau, licencie, licenciements, despide, despidos, 解雇, 人員削減, 裁员, 해고, 감원
job: jobs, workers, workforce, staff, employees, mitarbeiter, beschäftigte, salariés, emplois, empleados, empleo, 従業員, 社員, 雇用, 员工, 就业, 직원
hire: hires, hired, hiring, joins, poaches, recruits, stellt ein, wechselt zu, recrute, rejoint, ficha, 採用, 引き抜, 入社, 聘用, 挖角, 加盟, 영입
resign: resign, resigns, resigned, steps down, quits, leaves, ousted, departs, tritt zurück, verlässt, démissionne, quitte, dimite, renuncia, 辞任, 退任, 退社, 辞职, 离职, 卸任, 사임
visa: visa, visas, h1b, h 1b, visum, ビザ, 査証, 签证, 비자
launch!: launch, launches, launched, release, releases, released, unveil, unveils, introduces, debuts, stellt vor, veröffentlicht, lance, dévoile, lanza, presenta, 発表, 公開, リリース, 发布, 推出, 공개, 출시
preview: preview, previewing, beta, vorschau, aperçu, プレビュー, 预览
deprecate: deprecate, deprecated, deprecation, retire, retires, retired, sunset, discontinued, abgekündigt, eingestellt, abandonné, retira, 提供終了, 廃止, 下线, 停售, 종료
open weights: open weight, open weights, open source, open sourced, quelloffen, open source, código abierto, オープンソース, 开源, 오픈소스
weights: weights, gewichte, poids, pesos, 重み, 权重, 가중치
benchmark: benchmark, benchmarks, leaderboard, ベンチマーク, 基准, 跑分, 벤치마크
paper: paper, study, researchers, studie, étude, estudio, 論文, 研究, 论文, 연구, 논문
data center!: data center, data centers, data centre, data centres, datacenter, datacenters, datacentre, datacentres, rechenzentrum, rechenzentren, centre de données, centres de données, centro de datos, centros de datos, データセンター, 数据中心, 數據中心, 데이터센터
power: electricity, gigawatt, gigawatts, megawatt, megawatts, grid, nuclear, strom, stromnetz, électricité, nucléaire, electricidad, 電力, 原発, 电力, 核电, 전력
chip!: chip, chips, semiconductor, semiconductors, accelerator, accelerators, gpu, gpus, halbleiter, beschleuniger, puce, puces, semi conducteurs, accélérateurs, semiconductores, aceleradores, チップ, 半導体, 芯片, 半导体, 加速器, 반도체, 칩
memory: dram, memory chip, memory chips, memory, hbm, speicher, speicherchips, mémoire, memoria, メモリ, メモリー, 内存, 存储, 메모리
shortage: shortage, shortages, scarce, knappheit, engpass, mangel, pénurie, escasez, 不足, 短缺, 부족
fab: fab, foundry, wafer, fonderie, fabrik, ファウンドリー, 晶圆, 代工, 파운드리
magnet: rare earth, rare earths, gallium, germanium, seltene erden, terres rares, tierras raras, レアアース, 稀土, 희토류
robot: robot, robots, humanoid, roboter, robots, ロボット, 机器人, 로봇
drone: drone, drones, drohne, drohnen, dron, drones, ドローン, 无人机, 드론
car: car, cars, vehicle, vehicles, driverless, robotaxi, auto, autos, fahrzeuge, voiture, voitures, coche, coches, 自動車, 自動運転, 汽车, 自动驾驶, 자동차
military: military, pentagon, army, defense, defence, weapon, weapons, militär, bundeswehr, armée, défense, ejército, defensa, 軍事, 軍, 国防, 军事, 군사
election: election, elections, wahl, wahlen, élection, élections, elecciones, 選挙, 选举, 선거
deepfake: deepfake, deepfakes, ディープフェイク, 深度伪造, 딥페이크
child: child, children, kids, minors, teen, teens, kinder, enfants, mineurs, niños, menores, 子ども, 未成年, 儿童, 아동, 청소년
therapy: therapy, therapist, therapists, mental health, therapie, thérapie, terapia, 療法, カウンセリング, 心理, 치료
doctor: hospital, hospitals, patients, doctors, medical, krankenhaus, hôpital, hospital, 病院, 医療, 医院, 医疗, 병원
school: school, schools, university, universities, students, schule, schulen, hochschule, école, écoles, université, escuela, escuelas, universidad, 学校, 大学, 高校, 학교, 대학
film: film, films, movie, actor, actors, oscar, oscars, academy awards, hollywood, アカデミー賞, 映画, 俳優, 电影, 演员, 奥斯卡, 영화
music: music, song, songs, musik, musique, música, 音楽, 音乐, 음악
wikipedia: wikipedia, ウィキペディア, 维基百科, 위키백과
election: ballot
agent: agent, agents, agentic, エージェント, 智能体, 에이전트
jailbreak: jailbreak, jailbroken, ジェイルブレイク, 脱獄, 越狱, 탈옥
safety: safety, sicherheit, sécurité, seguridad, 安全性, 安全, 안전
partnership: partner, partners, partnership, deal, teams up, partnerschaft, partenariat, alianza, acuerdo, 提携, 合作, 协议, 제휴
summit: summit, gipfel, sommet, cumbre, サミット, 峰会, 정상회의
declaration: declaration, pledge, erklärung, déclaration, declaración, 宣言, 声明書, 宣布书, 선언
code of practice: code of practice, verhaltenskodex, code de bonnes pratiques, código de buenas prácticas, 行動規範, 行为准则
subsidy: subsidy, subsidies, grant, grants, förderung, subvention, subventions, subvención, ayudas, 補助金, 助成, 补贴, 보조금
protest: protest, protests, petition, open letter, offener brief, pétition, lettre ouverte, carta abierta, petición, 抗議, 公開書簡, 抗议, 公开信, 항의
critics: critics, slam, slams, backlash, outrage, kritik, kritiker, critique, critiques, críticas, 批判, 反発, 批评, 비판
cloud: cloud, クラウド, 云, 雲端, 클라우드
memo: memo, internal email, rundschreiben, note interne, memorando, 社内文書, 备忘录
procurement: procurement, contracts, contractor, contractors, beschaffung, marchés publics, contratación, 調達契約, 采购, 조달
border: customs, border, zollamt, douane, aduana, aduanas, 税関, 海关, 세관
smuggle: smuggle, smuggled, smuggling, schmuggel, contrebande, contrabando, 密輸, 走私, 밀수
fee: fee, fees, gebühr, gebühren, frais, tasa, 手数料, 费用, 수수료
lottery: lottery, lotterie, lotería, 抽選, 抽签
quota: quota, quotas, cap on, obergrenze, kontingent, quota, cuota, 割当, 上限, 配额, 쿼터
device: phone, phones, smartphone, smartphones, handy, téléphone, teléfono, スマートフォン, スマホ, 手机, 스마트폰
tablet: tablet, tablets, laptop, laptops, ordinateur, portátil, パソコン, 电脑, 노트북
translate: translation, translator, übersetzung, traduction, traducción, 翻訳, 翻译, 번역
speech: speech, voice, sprache, voix, voz, 音声, 语音, 음성
image: image generator, image generation, images, bilder, imágenes, 画像, 图像, 이미지
video: video, videos, vidéo, vídeo, 動画, 视频, 영상
search: search engine, search, suchmaschine, moteur de recherche, buscador, 検索, 搜索, 검색
browser: browser, chrome, ブラウザ, 浏览器, 브라우저
chatbot: chatbot, chatbots, チャットボット, 聊天机器人, 챗봇
"""

_WORD: Final[dict[str, str]] = {}
_PHRASE: Final[dict[str, list[tuple[tuple[str, ...], str]]]] = {}
_UNSPACED: Final[dict[str, list[tuple[str, str]]]] = {}
_COMMON: Final[set[str]] = set()
_NO_LATIN: Final = re.compile(r"[^\x00-\u024f]")


def _enter(line: str) -> None:
    name, _, listed = line.partition(": ")
    concept = "~" + name.rstrip("!")
    if name.endswith("!"):
        _COMMON.add(concept)
    for word in listed.split(", "):
        if _NO_LATIN.search(word):
            _UNSPACED.setdefault(word[0], []).append((word, concept))
            continue
        first, *rest = (stem(part) for part in word.split())
        if rest:
            _PHRASE.setdefault(first, []).append(((first, *rest), concept))
        else:
            _WORD.setdefault(first, concept)


for _line in _TABLE.strip().splitlines():
    _enter(_line)
for _entries in _UNSPACED.values():
    _entries.sort(key=lambda entry: -len(entry[0]))

_BEGINS: Final = _WORD.keys() | _PHRASE.keys()
COMMON_CONCEPTS: Final = frozenset(_COMMON)


def of_stems(stems: list[str]) -> Iterator[tuple[int, int, str]]:
    """Where concepts stand among the stems of a text: first place, number of stems, concept; phrases before words."""
    at = 0
    while at < len(stems):
        if stems[at] not in _BEGINS:
            at += 1
            continue
        phrase = next((p for p in _PHRASE.get(stems[at], ()) if tuple(stems[at : at + len(p[0])]) == p[0]), None)
        if phrase:
            yield at, len(phrase[0]), phrase[1]
            at += len(phrase[0])
            continue
        if word := _WORD.get(stems[at]):
            yield at, 1, word
        at += 1


def of_run(run: str) -> Iterator[tuple[int, int, str]]:
    """Where concepts stand in a run of a script without spaces; the longest word at a place counts."""
    at = 0
    while at < len(run):
        found = next((e for e in _UNSPACED.get(run[at], ()) if run.startswith(e[0], at)), None)
        if found:
            yield at, len(found[0]), found[1]
            at += len(found[0])
        else:
            at += 1
