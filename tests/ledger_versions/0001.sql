BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE assets (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	register TEXT NOT NULL, 
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	platform TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	district TEXT NOT NULL, 
	category TEXT NOT NULL, 
	parent TEXT NOT NULL, 
	url TEXT NOT NULL, 
	synthetic INTEGER NOT NULL, 
	standing TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "assets" VALUES(1,1,X'439E228729D7BDE0C6CC5DBF74AD3C0CC959D0407FB57935CF4C1ECBC304D303','某市','a1','account','账号a1','','','','','','',0,'listed');
INSERT INTO "assets" VALUES(2,1,X'664961186AEEC7E68BCFC9B710B860447F26C3AA77CABF7987721D7022541E7F','某市','a2','account','账号a2','','','','','','',0,'listed');
INSERT INTO "assets" VALUES(3,1,X'751D7E8BED0B21BF3D261D91646F7D57B9FE38A251F7C96CDD68B399FF3B52CB','某市','a3','account','账号a3','','','','','','',0,'listed');
CREATE TABLE batches (
	number INTEGER NOT NULL, 
	first_seq INTEGER NOT NULL, 
	records INTEGER NOT NULL, 
	recorded_at TEXT NOT NULL, 
	entered_by TEXT NOT NULL, 
	action TEXT NOT NULL, 
	note TEXT NOT NULL, 
	records_root BLOB NOT NULL, 
	leaf BLOB NOT NULL, 
	root BLOB NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "batches" VALUES(0,0,1,'2026-01-01T09:00:00+08:00','张三','init','',X'BAB0F06036E94ECB4343A3D2BF6DD25A5CE48EC17F5082D98EE708727DE582A3',X'E473BD19E2539BB7B78AB3CD4AEA97C019C8DD9AB6C00331E08EB394681E965E',X'E473BD19E2539BB7B78AB3CD4AEA97C019C8DD9AB6C00331E08EB394681E965E');
INSERT INTO "batches" VALUES(1,1,6,'2026-01-01T09:00:00+08:00','李四','import','',X'217853FB0BF036592685FBC8CBAB6AB83EB3EE1E2101F9A46F25EE83B587E01A',X'D0988CB5E06D77AEA7A2376A03D9579683C0F49C245137A3DF7471D9C1C2F609',X'77E44CD3059E8A970755E00E88E18C257C812F2FF01931C814149B7872C1C8BF');
INSERT INTO "batches" VALUES(2,7,1,'2026-01-01T09:00:00+08:00','李四','import','',X'261753841F6EF0DD258C7925DB4ADEF8EB1655E5F4E1BC935E45F282DFF8C084',X'4C7853811685E3B1B56CD1CD1103BBEEF5BCFE734F7D10138351B197336008D8',X'242D28C7C2F04FA82DD45FDA3E8CAE5A627CCCA2D0B49270CEB941AE606091E9');
INSERT INTO "batches" VALUES(3,8,11,'2026-01-01T09:00:00+08:00','李四','inspect','',X'4DA23281186E183E368A5EC4859C6C27F6BB0722E86729C445963E75A8F98F62',X'996170C5E112CE31624B548203F5435F282E148B4C6D97C9A4D727254C8832AB',X'8C7FC7A47AA2A2CA2A32CBA853760BF96537DA6256F2029FB1BBCDACCA14AFC8');
CREATE TABLE captures (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	register TEXT NOT NULL, 
	asset TEXT NOT NULL, 
	url TEXT NOT NULL, 
	taken_at TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	body TEXT NOT NULL, 
	place TEXT NOT NULL, 
	length INTEGER NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE checkpoints (
	size INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (size)
);
INSERT INTO "checkpoints" VALUES(4,'hege/test
4
jH/HpHqiosoqMsuoU3YL+WU32mJW8gKfsbvNrMoUr8g=

— hege/test d2Ka4+j7MkOcu+haog38/ZW1gZFj1GAvhhKdCP5eYewvtDpmtbTL3bl7HaitJ3ZKfQ9CdGNxT3ItI6fZeNQEFfeLOgk=
');
CREATE TABLE facts (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	register TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	asset TEXT NOT NULL, 
	part TEXT NOT NULL, 
	observed_at TEXT NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	nones TEXT NOT NULL, 
	source TEXT NOT NULL, 
	fact BLOB NOT NULL, 
	supersedes TEXT NOT NULL, 
	why TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "facts" VALUES(4,1,X'AD2C1BF8C6378F47E4408F500AF1644438E3234F4F40E703D0C9E0A80D217C91','某市','feed','a1','','2024-02-23T00:00:00+08:00','known','','{"newest":"2024-02-20"}','','feed.csv:2',X'5B63856C7F13486C1C1091221433941AA20E2EA80AAB917805C218F1EAF44956','','');
INSERT INTO "facts" VALUES(5,1,X'C5411F78E3ADA0FDC8C891DFE9F1D25C53B2FD9D0A2D74AD129EC96435033DAF','某市','feed','a2','','2024-02-23T00:00:00+08:00','known','','{}','newest','feed.csv:2',X'2D59E218E1494493EBF920C5457606BEF4253E2EE569FC37D33A07AACC354A1F','','');
INSERT INTO "facts" VALUES(6,1,X'2CAE32ED0199F775A2194A4C0657D1C01A028406F15514C2969852D503F1A26D','某市','feed','a3','','2024-02-23T00:00:00+08:00','known','','{"newest":"2024-02-01"}','','feed.csv:2',X'48A2C0E2B35CCC52AB59F1966785677B84829A900CD5D7D96EA9615C673A8886','','');
INSERT INTO "facts" VALUES(7,2,X'3C644C3D353D251E05671D7214B4BBB4CF94AD1472132743A1CEAD6740DEF01B','某市','feed','a3','','2024-02-23T00:00:00+08:00','known','','{"newest":"2024-02-21"}','','feed.csv:2',X'F161F00D4E8867A95B600EB2305873D30B14BCE5CF70FC7217637CDA8543D8A9','48a2c0e2b35ccc52ab59f1966785677b84829a900cd5d7d96ea9615c673a8886','填错');
CREATE TABLE findings (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	inspection TEXT NOT NULL, 
	part INTEGER NOT NULL, 
	asset TEXT NOT NULL, 
	indicator TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	would_be TEXT NOT NULL, 
	text TEXT NOT NULL, 
	content TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "findings" VALUES(14,3,X'4D5FBA680A42BC7A9716F56CEC36DACC3F7BE186227C864CC9FDC0AC1D3BBC01','e39db9294ce2',0,'a1','account.stale','pass','','未发现问题','ade08db1861cec82cdf774236038cd3a9807573e6a861d4044bf5c0a8e2687f1');
INSERT INTO "findings" VALUES(16,3,X'8B6529F947E0D2C6BEF118C0A1CD8594B0AB92B2231EF1476ECB5E770BCC98AA','e39db9294ce2',0,'a2','account.stale','fail','','内容不更新','18db9e12043a5891a179b832c1e4153e1a3efe7cfe3689cfd209c5a4687146dc');
INSERT INTO "findings" VALUES(18,3,X'544CA4C2070F4D140720C75CA5F8FE39E27B6369B0EAD0182F90AB293B7DBF02','e39db9294ce2',0,'a3','account.stale','pass','','未发现问题','54cd751348eb0d5d76f2d7fefc485937ea97014f7ac82ea99efe543b4832fe73');
CREATE TABLE inspections (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	inspection TEXT NOT NULL, 
	register TEXT NOT NULL, 
	head TEXT NOT NULL, 
	assets TEXT NOT NULL, 
	rulebook TEXT NOT NULL, 
	known_at INTEGER NOT NULL, 
	engine TEXT NOT NULL, 
	result TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "inspections" VALUES(12,3,X'E518B7AAB05E2BE9EAB4682B8A9F4BDE889D1B5F00DF667EF35FC0E1F9F8D35C','e39db9294ce2','某市','{"batches":[{"as_of":"2024-02-23","category":[],"kind":"account","name":"","printed":""}],"frames":{},"issuer":"","jurisdiction":"某市","previous":[],"rectify_by":null,"title":"某市检查"}','','7c7649d614c8b8eb266de1468b8ae080b8943239117927d741a096466973fb9e',3,'0.1.0','057d3e5844d653466fb8aba5f1204cdfea2157842d84c4b4034730fbaa55da8a');
CREATE TABLE keys (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	"key" TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	endorsement TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "keys" VALUES(0,0,X'29326D0414B0179ADEFD625D3F5D6073D710166A51EF3BF6E15013FE46B4860B','hege/test+77629ae3+AYd0fd/JAoMnPYlSMh/pwjn4r+Te5Ohnay1rEJVBL0Yk','first key','');
CREATE TABLE notices (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	inspection TEXT NOT NULL, 
	title TEXT NOT NULL, 
	published_on TEXT NOT NULL, 
	name TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE publications (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	rulebook TEXT NOT NULL, 
	published_by TEXT NOT NULL, 
	why TEXT NOT NULL, 
	tests TEXT NOT NULL, 
	impact TEXT NOT NULL, 
	forced TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE removals (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	body TEXT NOT NULL, 
	ordered_by TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE reviews (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	inspection TEXT NOT NULL, 
	asset TEXT NOT NULL, 
	decision TEXT NOT NULL, 
	reviewer TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	attachment TEXT NOT NULL, 
	attachment_name TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE rulebooks (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	rulebook TEXT NOT NULL, 
	asked TEXT NOT NULL, 
	packs TEXT NOT NULL, 
	files TEXT NOT NULL, 
	vocabulary TEXT NOT NULL, 
	calendar TEXT NOT NULL, 
	engine TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "rulebooks" VALUES(11,3,X'4724B4906940003CC9551D15AA67EBBDE0F775BD61D7224372E0440AEB1E9E7C','7c7649d614c8b8eb266de1468b8ae080b8943239117927d741a096466973fb9e','["tiny"]','[{"digest":"aed3d13f2d8bac01862b76c92047a80d81b41a8f49e2bf37c55ca46f3bbaaa9d","id":"tiny","title":"测试用指标"}]','{"calendar/cn.yaml":"af4704d6509c53280f532f513e82674c5dc28bbd21855901c68728287e1755ef","tiny/a.yaml":"4c2927f0a6dab529d2426054212b2a6cfdef9f0075792bda216e5850ede48a91","vocabulary.yaml":"54bdfdab9fe664edf9448a6e0f9469cff8f37217bc91abace301f8cbff92e88a"}','54bdfdab9fe664edf9448a6e0f9469cff8f37217bc91abace301f8cbff92e88a','af4704d6509c53280f532f513e82674c5dc28bbd21855901c68728287e1755ef','0.1.0');
CREATE TABLE texts (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	sha256 TEXT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "texts" VALUES(8,3,X'90F1DBC036EB67BA28FE89C6DA51451761FDC9B9245F6F3D0DA65FE362634D15','54bdfdab9fe664edf9448a6e0f9469cff8f37217bc91abace301f8cbff92e88a','schema: vocabulary/1
# Every kind of fact and every field, once. keep: latest = the newest observation per asset and part; all = each fact is an event.
# absence: what no fact at all means (unknown: someone should have looked; none: only findings are recorded).
# part: what a part is; "" = the kind has one fact per asset. A field is: type [words or unit], Chinese name, meaning; empty: none
# where a cell left empty means that nothing is recorded.
kinds:
  registration:
    {zh: 报送信息, about: both, keep: latest, absence: unknown, part: "", fields: {
      name: {type: text, zh: 报送名称}, owner: {type: text, zh: 开设主体}, district: {type: text, zh: 辖区}, category: {type: text, zh: 类别},
      platform: {type: text, zh: 平台}, code: {type: text, zh: 标识码}, filed_number: {type: text, zh: 备案号},
      status: {type: word, zh: 报送状态, words: [正常, 迁移, 删除, 注销, 已发关停公告, 冻结期]},
      outward_service: {type: truth, zh: 有对外服务职能}}}
  probe:
    {zh: 访问监测, about: site, keep: all, absence: unknown, part: 监测点, fields: {
      outcome: {type: word, zh: 访问结果, words: [ok, slow, timeout, dns_error, refused, reset, tls_error, http_error, blocked, probe_fault]},
      seconds: {type: number, zh: 打开用时, unit: 秒}}}
  outage:
    {zh: 无法访问时段, about: site, keep: all, absence: none, part: 序号, fields: {
      from: {type: time, zh: 开始时间}, to: {type: time, zh: 恢复时间, empty: none}, reported: {type: truth, zh: 已报备}}}
  home:
    {zh: 首页, about: site, keep: latest, absence: unknown, part: "", fields: {
      newest: {type: day, zh: 最新更新日期}, items: {type: integer, zh: 更新条数}, nav_only: {type: truth, zh: 仅为导航入口}}}
  column:
    {zh: 栏目, about: site, keep: latest, absence: unknown, part: 栏目, fields: {
      name: {type: text, zh: 栏目名称},
      class: {type: word, zh: 栏目类别, words: [动态要闻, 通知公告, 政策文件, 规划计划, 年度报表, 业务工作, 政务咨询, 其他]},
      level: {type: integer, zh: 栏目级别, unit: 级}, on_home: {type: truth, zh: 在首页}, newest: {type: day, zh: 最新更新日期},
      items: {type: integer, zh: 信息条数}, opens: {type: truth, zh: 能打开}, should_update: {type: truth, zh: 应更新},
      subsite: {type: text, zh: 所属子站}}}
  link:
    {zh: 链接, about: site, keep: all, absence: none, part: 链接, fields: {
      outcome: {type: word, zh: 链接结果, words: [ok, dead, blocked]}, scope: {type: word, zh: 所在页面, words: [home, other]},
      external: {type: truth, zh: 外部链接}}}
  message:
    {zh: 网民留言, about: site, keep: latest, absence: none, part: 留言, fields: {
      submitted: {type: day, zh: 提交日期}, replied: {type: day, zh: 答复日期, empty: none}, valid: {type: truth, zh: 有效留言}}}
  policy:
    {zh: 政策文件, about: site, keep: latest, absence: unknown, part: 文件, fields: {
      title: {type: text, zh: 标题}, published: {type: day, zh: 发布日期}, interpreted: {type: truth, zh: 已解读},
      links_forward: {type: truth, zh: 文件关联解读}, links_back: {type: truth, zh: 解读关联文件}}}
  guide:
    {zh: 办事指南, about: site, keep: latest, absence: unknown, part: 事项, fields: {
      missing: {type: list, zh: 缺失要素, words: [事项名称, 设定依据, 申请条件, 办理材料, 办理地点, 办理机构, 收费标准, 办理时间, 联系电话, 办理流程]}}}
  footer:
    {zh: 页脚标识, about: site, keep: latest, absence: unknown, part: "", fields: {
      site_code: {type: text, zh: 网站标识码}, icp: {type: text, zh: ICP备案编号}, police: {type: text, zh: 公安备案号}, emblem: {type: truth, zh: 党政机关标识},
      find_error: {type: truth, zh: 找错入口}, address: {type: text, zh: 单位地址}}}
  profile:
    {zh: 账号主页, about: account, keep: latest, absence: unknown, part: "", fields: {
      found: {type: truth, zh: 搜索得到}, name: {type: text, zh: 实际名称}, owner: {type: text, zh: 认证主体}, status: {type: text, zh: 账号状态}, note: {type: text, zh: 备注}}}
  feed:
    {zh: 更新情况, about: account, keep: latest, absence: unknown, part: "", fields: {
      newest: {type: day, zh: 最新更新日期}, newest_original: {type: day, zh: 最新原创日期}}}
  menu:
    {zh: 账号菜单, about: account, keep: latest, absence: none, part: 菜单, fields: {
      name: {type: text, zh: 菜单名称}, opens: {type: truth, zh: 能打开}}}
  channel:
    {zh: 互动渠道, about: both, keep: latest, absence: unknown, part: 渠道, fields: {
      kind: {type: text, zh: 渠道类别}, works: {type: truth, zh: 有效}, note: {type: text, zh: 备注}}}
  wording:
    {zh: 表述问题, about: both, keep: latest, absence: none, part: 问题, fields: {
      severity: {type: word, zh: 严重程度, words: [severe, general, privacy]}, text: {type: text, zh: 原文}, correct: {type: text, zh: 正确表述},
      url: {type: text, zh: 网址}, confirmed: {type: truth, zh: 已确认}}}
  tamper:
    {zh: 篡改迹象, about: both, keep: latest, absence: none, part: 迹象, fields: {
      signal: {type: text, zh: 迹象}, url: {type: text, zh: 网址}, confirmed: {type: truth, zh: 已确认}}}
  advert:
    {zh: 商业广告, about: both, keep: all, absence: none, part: 广告, fields: {url: {type: text, zh: 网址}}}
  survey:
    {zh: 人工检查, about: both, keep: latest, absence: unknown, part: 检查项, fields: {
      answer: {type: word, zh: 结论, words: [ok, problem, none]}, count: {type: integer, zh: 问题数}, note: {type: text, zh: 备注}}}
  report:
    {zh: 报备, about: both, keep: all, absence: none, part: 序号, fields: {
      from: {type: day, zh: 起始日期}, to: {type: day, zh: 截止日期}, reason: {type: text, zh: 事由}, approved_by: {type: text, zh: 批准单位}}}
  reminder:
    {zh: 提醒, about: both, keep: all, absence: none, part: 序号, fields: {sent: {type: day, zh: 提醒日期}, indicator: {type: text, zh: 指标}}}
  ticket:
    {zh: 监测工单, about: both, keep: latest, absence: none, part: 工单, fields: {
      issued: {type: day, zh: 下发日期}, answered: {type: day, zh: 答复日期, empty: none}}}
  rectification:
    {zh: 整改, about: both, keep: latest, absence: none, part: 整改事项, fields: {
      due: {type: day, zh: 整改期限}, returned: {type: day, zh: 反馈日期, empty: none}, subject: {type: text, zh: 事项}}}
  deregistration:
    {zh: 注销, about: account, keep: latest, absence: none, part: 注销事项, fields: {
      ordered: {type: day, zh: 要求日期}, done: {type: day, zh: 完成日期, empty: none}}}
  find_error:
    {zh: 网民找错, about: site, keep: latest, absence: none, part: 留言, fields: {
      received: {type: day, zh: 收到日期}, closed: {type: day, zh: 办结日期, empty: none}}}
  coverage:
    {zh: 记录完整性, about: both, keep: latest, absence: none, part: 事实种类, fields: {complete: {type: truth, zh: 完整}}}
');
INSERT INTO "texts" VALUES(9,3,X'62651B5427F6B2D8663B175C45330A02CB7A6A12276837275C06EDA5FB3B6946','af4704d6509c53280f532f513e82674c5dc28bbd21855901c68728287e1755ef','schema: calendar/1
# Days off on weekdays and working weekends (调休上班) of the yearly holiday notices of the State Council''s office (国务院办公厅关于…年部分节假日安排的通知).
# A year that is not listed is not published: working days of it are refused, never guessed.
years:
  2019:
    off: [01-01, 02-04, 02-05, 02-06, 02-07, 02-08, 04-05, 05-01, 05-02, 05-03, 06-07, 09-13, 10-01, 10-02, 10-03, 10-04, 10-07]
    work: [02-02, 02-03, 04-28, 05-05, 09-29, 10-12]
  2020:
    off: [01-01, 01-24, 01-27, 01-28, 01-29, 01-30, 01-31, 04-06, 05-01, 05-04, 05-05, 06-25, 06-26, 10-01, 10-02, 10-05, 10-06, 10-07, 10-08]
    work: [01-19, 04-26, 05-09, 06-28, 09-27, 10-10]
  2021:
    off: [01-01, 02-11, 02-12, 02-15, 02-16, 02-17, 04-05, 05-03, 05-04, 05-05, 06-14, 09-20, 09-21, 10-01, 10-04, 10-05, 10-06, 10-07]
    work: [02-07, 02-20, 04-25, 05-08, 09-18, 09-26, 10-09]
  2022:
    off: [01-03, 01-31, 02-01, 02-02, 02-03, 02-04, 04-04, 04-05, 05-02, 05-03, 05-04, 06-03, 09-12, 10-03, 10-04, 10-05, 10-06, 10-07]
    work: [01-29, 01-30, 04-02, 04-24, 05-07, 10-08, 10-09]
  2023:
    off: [01-02, 01-23, 01-24, 01-25, 01-26, 01-27, 04-05, 05-01, 05-02, 05-03, 06-22, 06-23, 09-29, 10-02, 10-03, 10-04, 10-05, 10-06]
    work: [01-28, 01-29, 04-23, 05-06, 06-25, 10-07, 10-08]
  2024:
    off: [01-01, 02-12, 02-13, 02-14, 02-15, 02-16, 04-04, 04-05, 05-01, 05-02, 05-03, 06-10, 09-16, 09-17, 10-01, 10-02, 10-03, 10-04, 10-07]
    work: [02-04, 02-18, 04-07, 04-28, 05-11, 09-14, 09-29, 10-12]
  2025:
    off: [01-01, 01-28, 01-29, 01-30, 01-31, 02-03, 02-04, 04-04, 05-01, 05-02, 05-05, 06-02, 10-01, 10-02, 10-03, 10-06, 10-07, 10-08]
    work: [01-26, 02-08, 04-27, 09-28, 10-11]
  2026:
    off: [01-01, 01-02, 02-16, 02-17, 02-18, 02-19, 02-20, 02-23, 04-06, 05-01, 05-04, 05-05, 06-19, 09-25, 10-01, 10-02, 10-05, 10-06, 10-07]
    work: [01-04, 02-14, 02-28, 05-09, 09-20, 10-10]
');
INSERT INTO "texts" VALUES(10,3,X'478E376F90CBDEC0226ED1FC4FF67A6FDAD1A9E01697B21BF177308BCD9441F7','4c2927f0a6dab529d2426054212b2a6cfdef9f0075792bda216e5850ede48a91','schema: indicators/1
pack: tiny
title: 测试用指标
conventions: {observation: 7d, law: {document: 测试, clause: 一, quote: 七天, verified: local-notice}}
indicators:
- id: account.stale
  title: 内容不更新
  applies_to: {kind: account}
  effect: veto
  status: in_force
  versions:
  - from: 2019-04-01
    law: {document: 测试, clause: 二, quote: 两周无更新, verified: local-notice}
    params: {window: 14d}
    fail_when: {not_updated: {what: feed.newest, within: $window}}
');
CREATE TABLE verdicts (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	inspection TEXT NOT NULL, 
	part INTEGER NOT NULL, 
	asset TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	remark TEXT NOT NULL, 
	steps TEXT NOT NULL, 
	content TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "verdicts" VALUES(13,3,X'FC2A617510C3DF4C98AB57289362025BA09AB50AF5404C1916673BF65A02A75D','e39db9294ce2',0,'a1','pass','','','[]','fa5384efcf71ac61d88dcf4dbbdc2f9153c3116cfa0ebff776d0c0b3aedd4b50');
INSERT INTO "verdicts" VALUES(15,3,X'59E21016BB03B5AFE76AF0AA6FCD563929E26D632F609FFD1BEB2ECB6C228BF4','e39db9294ce2',0,'a2','fail','内容不更新','','[]','8f69b3ed48f6e3fa691f5f06c36c0f43ac8e3dd6b9d0a01509d948775740d5c0');
INSERT INTO "verdicts" VALUES(17,3,X'15081C996EB23FC1E511DD37D8A02B20E1AA2A0362FDFD19A544A8F4C02D333E','e39db9294ce2',0,'a3','pass','','','[]','df76113e689b1014e4879bfc94548380047a6179dd32948d7a86ba09f90645c2');
CREATE TABLE waivers (
	seq INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	register TEXT NOT NULL, 
	waiver TEXT NOT NULL, 
	asset TEXT NOT NULL, 
	indicator TEXT NOT NULL, 
	start TEXT NOT NULL, 
	until TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	approved_by TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TRIGGER "batches_no_update" BEFORE UPDATE ON "batches" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "batches_no_delete" BEFORE DELETE ON "batches" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "checkpoints_no_update" BEFORE UPDATE ON "checkpoints" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "checkpoints_no_delete" BEFORE DELETE ON "checkpoints" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "facts_no_update" BEFORE UPDATE ON "facts" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "facts_no_delete" BEFORE DELETE ON "facts" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "assets_no_update" BEFORE UPDATE ON "assets" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "assets_no_delete" BEFORE DELETE ON "assets" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "captures_no_update" BEFORE UPDATE ON "captures" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "captures_no_delete" BEFORE DELETE ON "captures" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "removals_no_update" BEFORE UPDATE ON "removals" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "removals_no_delete" BEFORE DELETE ON "removals" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "texts_no_update" BEFORE UPDATE ON "texts" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "texts_no_delete" BEFORE DELETE ON "texts" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "rulebooks_no_update" BEFORE UPDATE ON "rulebooks" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "rulebooks_no_delete" BEFORE DELETE ON "rulebooks" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "publications_no_update" BEFORE UPDATE ON "publications" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "publications_no_delete" BEFORE DELETE ON "publications" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "inspections_no_update" BEFORE UPDATE ON "inspections" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "inspections_no_delete" BEFORE DELETE ON "inspections" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "verdicts_no_update" BEFORE UPDATE ON "verdicts" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "verdicts_no_delete" BEFORE DELETE ON "verdicts" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "findings_no_update" BEFORE UPDATE ON "findings" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "findings_no_delete" BEFORE DELETE ON "findings" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "waivers_no_update" BEFORE UPDATE ON "waivers" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "waivers_no_delete" BEFORE DELETE ON "waivers" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "reviews_no_update" BEFORE UPDATE ON "reviews" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "reviews_no_delete" BEFORE DELETE ON "reviews" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "notices_no_update" BEFORE UPDATE ON "notices" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "notices_no_delete" BEFORE DELETE ON "notices" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "keys_no_update" BEFORE UPDATE ON "keys" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER "keys_no_delete" BEFORE DELETE ON "keys" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX facts_by_asset ON facts (register, kind, asset, part, observed_at);
COMMIT;
