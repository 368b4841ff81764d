const zh = {}
export default zh
