"""What the operators published on the evening before the outage: settings, and 14 policies without their codes."""

LAUNCH = "2026-02-12T20:00:00+08:00"

SETTINGS = {
    "groups": [
        {"name": "order", "pick": "best"},
        {"name": "newcomer", "pick": "first"},
        {"name": "delivery", "pick": "first"},
        {"name": "coupon", "pick": "first"},
    ],
    "max_offers": 4,
}

# One row per policy of the incident, without its id and codes. "cities" says where an AOI policy chooses its codes,
# "excludes" where a policy for all users has places with contracts of their own, which it leaves out; neither is
# written. Most rows have no dates, so that the demo answers with offers whatever the day.
TEMPLATES = [
    {
        "cities": ["上海"],
        "name": "上海商圈午餐满50减8",
        "interfaces": ["checkout", "cart"],
        "schedule": {"utc_offset": "+08:00", "windows": [{"from": "10:30", "to": "14:00"}]},
        "offer": {
            "coupon": "C-LUNCH-8",
            "kind": "amount_off",
            "tiers": [{"reach": 3000, "off": 300}, {"reach": 5000, "off": 800}],
        },
        "group": "order",
        "priority": 110,
    },
    {
        "excludes": ["上海", "广州", "深圳"],
        "name": "全网满30减2、满60减5、满100减10",
        "offer": {
            "coupon": "C-BASE",
            "kind": "amount_off",
            "tiers": [{"reach": 3000, "off": 200}, {"reach": 6000, "off": 500}, {"reach": 10000, "off": 1000}],
        },
        "group": "order",
        "priority": 50,
    },
    {
        "cities": ["上海"],
        "name": "金卡银卡会员九二折",
        "conditions": [{"attr": "tier", "op": "in", "value": ["gold", "silver"]}],
        "offer": {"coupon": "C-MEMBER-92", "kind": "percent_off", "bp": 800, "cap": 2000},
        "group": "order",
        "priority": 100,
    },
    {
        "cities": ["北京", "上海"],
        "name": "夜宵九折封顶15元",
        "interfaces": ["checkout", "cart"],
        "schedule": {"from": LAUNCH, "utc_offset": "+08:00", "windows": [{"from": "21:00", "to": "02:00"}]},
        "offer": {"coupon": "C-NIGHT-90", "kind": "percent_off", "bp": 1000, "cap": 1500},
        "group": "order",
        "priority": 90,
    },
    {
        "excludes": ["北京", "杭州", "成都"],
        "name": "全网新客立减12元",
        "interfaces": ["checkout", "cart", "browse"],
        "conditions": [{"attr": "new_user", "op": "eq", "value": True}],
        "offer": {"coupon": "C-NEW-12", "kind": "amount_off", "tiers": [{"reach": 1500, "off": 1200}]},
        "group": "newcomer",
        "priority": 200,
    },
    {
        "excludes": ["广州", "深圳", "成都"],
        "name": "全网会员免配送费",
        "interfaces": ["checkout", "cart"],
        "conditions": [
            {"attr": "tier", "op": "in", "value": ["gold", "platinum"]},
            {"attr": "delivery_fee", "op": "gt", "value": 0},
        ],
        "offer": {"coupon": "C-SHIP-6", "kind": "free_delivery", "cap": 600},
        "group": "delivery",
        "priority": 80,
    },
    {
        "cities": ["上海"],
        "name": "写字楼满50减10（AB实验：满减）",
        "interfaces": ["checkout"],
        "experiment": {
            "salt": "k7Q2",
            "layer": {"salt": "L1", "from": 0, "to": 5000},
            "variants": [
                {"name": "control", "weight": 5000, "offer": None},
                {
                    "name": "b10",
                    "weight": 5000,
                    "offer": {"coupon": "C-300", "kind": "amount_off", "tiers": [{"reach": 5000, "off": 1000}]},
                },
            ],
        },
        "group": "order",
        "priority": 120,
    },
    {
        "cities": ["上海"],
        "name": "写字楼折扣力度（AB实验：折扣）",
        "interfaces": ["checkout"],
        "experiment": {
            "salt": "p3Xa",
            "layer": {"salt": "L1", "from": 5000, "to": 10000},
            "variants": [
                {"name": "control", "weight": 3334, "offer": None},
                {
                    "name": "p12",
                    "weight": 3333,
                    "offer": {"coupon": "C-OFF-12", "kind": "percent_off", "bp": 1200, "cap": 1200},
                },
                {
                    "name": "p18",
                    "weight": 3333,
                    "offer": {"coupon": "C-OFF-18", "kind": "percent_off", "bp": 1800, "cap": 1200},
                },
            ],
        },
        "group": "order",
        "priority": 120,
    },
    {
        "cities": ["上海", "北京"],
        "name": "社区首单一口价19.9元",
        "interfaces": ["checkout"],
        "conditions": [
            {"attr": "order_count", "op": "lt", "value": 1},
            {"attr": "city", "op": "in", "value": ["上海", "北京"]},
        ],
        "rollout": {"salt": "first-order", "share": 3000},
        "offer": {"coupon": "C-FIRST-1990", "kind": "fixed_price", "price": 1990},
        "priority": 300,
        "exclusive": True,
    },
    {
        "excludes": ["广州", "深圳", "杭州"],
        "name": "全网满120减15（灰度放量）",
        "schedule": {"from": LAUNCH},
        "rollout": {
            "salt": "r1",
            "steps": [
                {"from": LAUNCH, "share": 500},
                {"from": "2026-02-13T10:00:00+08:00", "share": 3000},
                {"from": "2026-02-16T10:00:00+08:00", "share": 10000},
            ],
        },
        "offer": {"coupon": "C-ALL-15", "kind": "amount_off", "tiers": [{"reach": 12000, "off": 1500}]},
        "group": "order",
        "priority": 60,
    },
    {
        "cities": ["上海", "北京"],
        "name": "商圈配送费减免（按AOI分流）",
        "interfaces": ["checkout", "cart"],
        "experiment": {
            "salt": "d5Wm",
            "unit": "aoi",
            "layer": {"salt": "L2", "from": 0, "to": 10000},
            "variants": [
                {"name": "control", "weight": 5000, "offer": None},
                {"name": "f3", "weight": 2500, "offer": {"coupon": "C-SHIP-3", "kind": "free_delivery", "cap": 300}},
                {"name": "f5", "weight": 2500, "offer": {"coupon": "C-SHIP-5", "kind": "free_delivery", "cap": 500}},
            ],
        },
        "group": "delivery",
        "priority": 85,
    },
    {
        "cities": ["上海"],
        "name": "商场到店礼券",
        "interfaces": ["checkout", "browse"],
        "rollout": {"salt": "gift", "share": 5000},
        "offer": {"coupon": "C-GIFT", "kind": "coupon"},
        "group": "coupon",
        "priority": 40,
    },
    {
        "cities": ["上海"],
        "name": "春节返工专享满80减20",
        "schedule": {"from": LAUNCH, "to": "2026-03-01T00:00:00+08:00"},
        "offer": {"coupon": "C-RETURN-20", "kind": "amount_off", "tiers": [{"reach": 8000, "off": 2000}]},
        "group": "order",
        "priority": 150,
    },
    {
        "cities": ["北京", "上海"],
        "name": "沉睡老客召回券",
        "conditions": [
            {"attr": "order_count", "op": "gte", "value": 1},
            {"attr": "idle_days", "op": "gte", "value": 30},
            {"attr": "tags", "op": "not_in", "value": ["risk", "staff"]},
        ],
        "offer": {"coupon": "C-COME-BACK", "kind": "coupon"},
        "group": "coupon",
        "priority": 45,
    },
]
